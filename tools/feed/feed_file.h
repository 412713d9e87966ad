#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "tools/feed/feed_target.h"

namespace spantoll::tools {

// Writes records to a file that `replay --file` can read: size-prefixed buffers, or JSON lines. An
// existing file is overwritten.
class FileTarget final : public FeedTarget {
  public:
    static Result<std::unique_ptr<FeedTarget>> open(const std::string& path);
    ~FileTarget() override;

    Framing framing(Format format) const override;
    Result<void> send(const FeedRecord& record) override;
    Result<void> finish() override;

  private:
    FileTarget(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    tl::unexpected<Error> error() const;

    const std::string path_;
    std::FILE* file_;
};

}  // namespace spantoll::tools
