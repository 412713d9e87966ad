#include "tools/answers/backup.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <spdlog/spdlog.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "store/files/private_directory.h"

namespace spantoll::tools {
namespace {

namespace fs = std::filesystem;

// The engine may have a commit of seconds under way.
constexpr int64_t kEngineWaitMs = 10'000;

Result<void> write_synced(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_done = file && descriptor >= 0 && ::fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return is_done
               ? Result<void>()
               : failure(ErrorKind::kDisk,
                         fmt::format(
                             "cannot write {}: {}", path, std::generic_category().message(error)));
}

Result<void> make_empty(const std::string& directory) {
    std::error_code failed;
    fs::remove_all(directory, failed);
    return failed ? failure(ErrorKind::kDisk,
                            fmt::format("cannot remove {}: {}", directory, failed.message()))
                  : store::make_private_directory(directory);
}

// Between two steps of the engine: no commit is half in it.
Result<std::string> copy_state(const BackendParts& parts,
                               Pipeline& pipeline,
                               const std::string& directory) {
    Result<void> copied;
    JsonObject offsets;
    const bool was_asked = pipeline.ask(
        [&](Engine& engine) {
            for (const auto& [partition, offset] : engine.offsets_before()) {
                offsets.add(fmt::format("{}/{}", partition.topic, partition.partition), offset);
            }
            copied = parts.store->checkpoint(directory + "/state");
        },
        kEngineWaitMs);
    if (!was_asked) {
        return failure(ErrorKind::kUnavailable, "the engine is busy; ask again");
    }
    return copied.map([&] { return offsets.str(); });
}

Result<JsonObject> fill(const BackendParts& parts,
                        const StartGate::Running& running,
                        const std::string& directory) {
    JsonObject about;
    about.add("made_at_ms", parts.clock->now().ms);
    const Result<std::string> offsets = copy_state(parts, *running.pipeline, directory);
    if (!offsets) {
        return tl::make_unexpected(offsets.error());
    }
    about.add_json("next_offsets", *offsets);
    if (running.log != nullptr) {
        if (Result<void> copied = running.log->checkpoint(directory + "/topic"); !copied) {
            return tl::make_unexpected(copied.error());
        }
        about.add("topic_end", running.log->end_offset());
    }
    return write_synced(directory + std::string(kBackupFile), about.str() + "\n").map([&] {
        return about;
    });
}

}  // namespace

Result<std::string> make_backup(const BackendParts& parts) {
    static std::mutex one_at_a_time;
    const std::unique_lock lock(one_at_a_time, std::try_to_lock);
    const StartGate::Running running = parts.gate->wait(0);
    if (!lock || running.pipeline == nullptr) {
        return failure(ErrorKind::kUnavailable,
                       lock ? "spantoll is starting: its state is being loaded"
                            : "another backup is being made");
    }
    std::error_code failed;
    const std::string directory =
        fs::absolute(parts.policy->get()->settings.data + std::string(kBackupDirectory), failed);
    Result<JsonObject> about =
        make_empty(directory).and_then([&] { return fill(parts, running, directory); });
    if (!about) {
        fs::remove_all(directory, failed);
        return tl::make_unexpected(about.error());
    }
    spdlog::info("a backup is in {}: {}", directory, about->str());
    return about->add_text("directory", directory).str();
}

void remove_left_over_backup(const std::string& data) {
    std::error_code ignored;
    fs::remove_all(data + std::string(kBackupDirectory), ignored);
}

}  // namespace spantoll::tools
