#include "tools/feed/feed_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "tools/process/standard_output.h"

namespace spantoll::tools {

Result<std::unique_ptr<FeedTarget>> FileTarget::open(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "wbe");
    if (file == nullptr) {
        return failure(ErrorKind::kDisk, fmt::format("{}: {}", path, opening_error(path, errno)));
    }
    return std::unique_ptr<FeedTarget>(new FileTarget(path, file));
}

FileTarget::~FileTarget() {
    if (file_ != nullptr) {
        std::fclose(file_);
    }
}

Framing FileTarget::framing(Format format) const {
    return format == Format::kJson ? Framing::kLine : Framing::kSizePrefix;
}

tl::unexpected<Error> FileTarget::error() const {
    return failure(ErrorKind::kDisk, fmt::format("{}: {}", path_, std::strerror(errno)));
}

Result<void> FileTarget::send(const FeedRecord& record) {
    if (std::fwrite(record.bytes.data(), 1, record.bytes.size(), file_) != record.bytes.size()) {
        return error();
    }
    return {};
}

Result<void> FileTarget::finish() {
    if (std::fclose(std::exchange(file_, nullptr)) != 0) {
        return error();
    }
    return {};
}

}  // namespace spantoll::tools
