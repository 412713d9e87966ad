#include "tools/feed/feed_target.h"

#include <fmt/format.h>

#include "tools/feed/feed_file.h"
#include "tools/feed/feed_http.h"
#include "tools/feed/feed_topic.h"

namespace spantoll::tools {

Result<std::unique_ptr<FeedTarget>> open_feed_target(const FeedTargetOptions& options) {
    constexpr std::string_view kFile = "file:";
    constexpr std::string_view kKafka = "kafka:";
    const std::string_view to = options.to;
    if (to.starts_with(kFile) && to.size() > kFile.size()) {
        return FileTarget::open(std::string(to.substr(kFile.size())));
    }
    if (to.starts_with(kKafka)) {
        return TopicTarget::open(to.substr(kKafka.size()));
    }
    if (to.starts_with("http://") || to.starts_with("https://")) {
        return HttpTarget::open(options.to, options.client);
    }
    return failure(
        ErrorKind::kUsage,
        fmt::format("--to {}: write file:PATH, kafka:HOST:PORT/TOPIC or http://HOST:PORT", to));
}

}  // namespace spantoll::tools
