#include "viewer/page_server.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "viewer/access.hpp"
#include "viewer/page_files.hpp"

namespace auriga {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src "
    "'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/plain; charset=utf-8";
}


}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

HttpReply json_reply(const Json& json, int status) {
  HttpReply reply;
  reply.status = status;
  reply.type = "application/json";
  reply.body = json.text();
  return reply;
}

HttpReply problem(int status, const std::string& text) {
  return json_reply(Json::object({{"error", text}}), status);
}

HttpReply text_reply(std::string text, std::string_view type) {
  HttpReply reply;
  reply.type = type;
  reply.body = std::move(text);
  return reply;
}

std::int64_t number_in(const HttpRequest& request, const std::string& name, std::int64_t least,
                       std::int64_t most, std::optional<std::int64_t> standard) {
  const std::string_view text = request.value(name);
  if (text.empty() && standard) return *standard;
  const auto value = whole_number(text);
  if (!value || *value < least || *value > most)
    throw Refusal{400, fmt::format("{}: expected a whole number from {} to {}", name, least, most)};
  return *value;
}

struct PageServer::State {
  State(const PageServerOptions& given, HttpServer::Answer theirs)
      : options(given),
        inner(std::move(theirs)),
        server([this](const HttpRequest& request) { return answer(request); },
               [this](const HttpRequest& request) { return permits(request); }) {}

  std::unique_ptr<HttpReply> permits(const HttpRequest& request) const;
  HttpReply answer(const HttpRequest& request) const;
  HttpReply page(std::string_view name) const;

  const PageServerOptions options;
  const HttpServer::Answer inner;
  std::unique_ptr<Access> access;
  HttpServer server;
};

std::unique_ptr<HttpReply> PageServer::State::permits(const HttpRequest& request) const {
  const Access::Verdict verdict =
      access->judge({request.method, request.path, request.value("token"), request.host,
                     request.origin, request.fetch_site, request.cookies});
  const auto refuse = [](int status, const char* text) {
    HttpReply reply;
    reply.status = status;
    reply.type = "text/plain; charset=utf-8";
    reply.body = text;
    return std::make_unique<HttpReply>(std::move(reply));
  };
  switch (verdict) {
    case Access::Verdict::allowed:
      if (request.method == "PUT" && options.read_only)
        return refuse(403, "auriga view was started with --read-only: nothing is written\n");
      return nullptr;
    case Access::Verdict::enter: {
      auto reply = refuse(303, "");
      reply->headers = {{"Location", "/"},
                        {"Set-Cookie", access->cookie()},
                        {"Cache-Control", "no-store"},
                        {"Referrer-Policy", "no-referrer"}};
      return reply;
    }
    case Access::Verdict::wrong_host:
      return refuse(421, "auriga view answers to 127.0.0.1, localhost and [::1] only\n");
    case Access::Verdict::wrong_method:
      return refuse(405, "auriga view knows GET, and PUT for marks\n");
    case Access::Verdict::wrong_site:
    case Access::Verdict::unknown:
      break;
  }
  return refuse(403,
                "This is auriga view. Open it with the whole address that the program has printed, "
                "with the token in it.\n");
}

HttpReply PageServer::State::answer(const HttpRequest& request) const {
  HttpReply reply;
  try {
    if (request.path == "/")
      reply = page(options.first);
    else if (request.path.starts_with("/page/"))
      reply = page(std::string_view(request.path).substr(6));
    else
      reply = inner(request);
  } catch (const Refusal& refusal) {
    reply = problem(refusal.status, refusal.text);
  } catch (const Error& error) {
    reply = problem(error.code() == ErrorCode::output ? 500 : 409, error.what());
  } catch (const std::bad_alloc&) {
    reply = problem(500, "not enough memory");
  } catch (const std::exception& error) {
    reply = problem(500, error.what());
  }
  const bool cached = std::any_of(reply.headers.begin(), reply.headers.end(),
                                  [](const auto& one) { return one.first == "Cache-Control"; });
  if (!cached) reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back("Content-Security-Policy", kPolicy);
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  reply.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  reply.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  return reply;
}

HttpReply PageServer::State::page(std::string_view name) const {
  for (const PageFile& file : page_files())
    if (file.name == name) return text_reply(std::string(file.bytes), type_of(name));
  return problem(404, "there is no such page");
}

PageServer::PageServer(const PageServerOptions& options, HttpServer::Answer answer)
    : state_(std::make_unique<State>(options, std::move(answer))) {
  state_->access = std::make_unique<Access>(state_->server.bind(options.port));
}

PageServer::~PageServer() { stop(); }

void PageServer::start() { state_->server.start(); }
void PageServer::stop() { state_->server.stop(); }
int PageServer::port() const { return state_->access->port(); }
std::string PageServer::address() const { return state_->access->address(); }
double PageServer::quiet_s() const { return state_->server.quiet_s(); }

}  // namespace auriga
