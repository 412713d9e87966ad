#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tools/http/message.h"

namespace spantoll::tools {

// Reads one request from the bytes of a connection, however they are cut, and refuses what a
// stricter or laxer reader might cut differently, because that is how requests are smuggled past a
// proxy (RFC 9112): folded lines, blanks before a colon, a length in two places or as a list, any
// transfer coding but one `chunked`, a version that is neither 1.0 nor 1.1.
//
//   head -- end of the headers --> body -- its last byte --> complete
//   head, body -- a byte that may not stand there, a bound --> refused
//
// At the end of the headers it stops, so that the caller may judge them before a body is taken.
// No sockets, no clock; one thread.
class HttpRequestReader {
  public:
    enum class Stage { kHead, kHeadRead, kBody, kComplete, kRefused };

    HttpRequestReader();
    ~HttpRequestReader();
    HttpRequestReader(HttpRequestReader&& other) noexcept;
    HttpRequestReader& operator=(HttpRequestReader&& other) noexcept;
    HttpRequestReader(const HttpRequestReader&) = delete;
    HttpRequestReader& operator=(const HttpRequestReader&) = delete;

    // More bytes of the connection; in kHead and kBody only.
    Stage read(std::string_view bytes);
    // In kHeadRead: goes on with the body.
    Stage read_body();

    // From kHeadRead on; the body is whole in kComplete.
    HttpRequest& request();
    // In kRefused: what to answer before the connection is closed.
    const HttpResponse& refusal() const;
    // False until the first byte of a request: the connection is idle.
    bool has_begun() const;
    size_t body_bytes() const;
    // Gives the body's memory back: nobody will ask for it.
    void drop_body();

    // In kComplete: what came behind the request, the beginning of the next one.
    std::string take_rest();

  private:
    class Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace spantoll::tools
