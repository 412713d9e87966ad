#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

// The sockets of the HTTP listener are Boost.Asio's, and its parser is Boost.Beast's, which is
// written on top of that; included by sources of tools/http/ alone.

namespace spantoll::tools {

namespace asio = boost::asio;
using Tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

}  // namespace spantoll::tools
