#include "live/websocket.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

#ifdef AURIGA_LIBWEBSOCKETS
#include <libwebsockets.h>
#include <sys/socket.h>

#include "live/run_time_library.hpp"
#endif

namespace auriga {

#ifdef AURIGA_LIBWEBSOCKETS

namespace {

// The very version whose header this is built with: its structures differ from version to version,
// and so does the name of the file.
struct WebSocketLibrary {
  decltype(&lws_create_context) create_context;
  decltype(&lws_context_destroy) context_destroy;
  decltype(&lws_context_user) context_user;
  decltype(&lws_get_context) get_context;
  decltype(&lws_get_vhost_by_name) get_vhost_by_name;
  decltype(&lws_get_vhost_listen_port) get_vhost_listen_port;
  decltype(&lws_service) service;
  decltype(&lws_cancel_service) cancel_service;
  decltype(&lws_callback_on_writable) callback_on_writable;
  decltype(&lws_write) write;
  decltype(&lws_hdr_copy) hdr_copy;
  decltype(&lws_is_final_fragment) is_final_fragment;
  decltype(&lws_is_first_fragment) is_first_fragment;
  decltype(&lws_set_log_level) set_log_level;
  decltype(&lws_get_socket_fd) get_socket_fd;

  static const WebSocketLibrary& get() {
    static const WebSocketLibrary all = [] {
      const RunTimeLibrary library({AURIGA_LIBWEBSOCKETS}, "--ws",
                                   "install it (Debian 12: libwebsockets17)");
      WebSocketLibrary lws{};
      library.load(lws.create_context, "lws_create_context");
      library.load(lws.context_destroy, "lws_context_destroy");
      library.load(lws.context_user, "lws_context_user");
      library.load(lws.get_context, "lws_get_context");
      library.load(lws.get_vhost_by_name, "lws_get_vhost_by_name");
      library.load(lws.get_vhost_listen_port, "lws_get_vhost_listen_port");
      library.load(lws.service, "lws_service");
      library.load(lws.cancel_service, "lws_cancel_service");
      library.load(lws.callback_on_writable, "lws_callback_on_writable");
      library.load(lws.write, "lws_write");
      library.load(lws.hdr_copy, "lws_hdr_copy");
      library.load(lws.is_final_fragment, "lws_is_final_fragment");
      library.load(lws.is_first_fragment, "lws_is_first_fragment");
      library.load(lws.set_log_level, "lws_set_log_level");
      library.load(lws.get_socket_fd, "lws_get_socket_fd");
      // It would write to standard error.
      lws.set_log_level(0, nullptr);
      return lws;
    }();
    return all;
  }
};

constexpr std::size_t kMostWaiting = 8;  // messages of one client
constexpr int kMostSent = 1 << 16;       // bytes on their way to one
constexpr std::size_t kMostClients = 64;
constexpr std::size_t kMostCommand = 64;  // bytes

class Server : public WebSocketSink {
 public:
  explicit Server(WebSocketOptions options)
      : options_(std::move(options)),
        lws_(WebSocketLibrary::get()),
        loopback_(is_loopback(options_.bind)) {
    protocols_[0].name = "auriga-live";
    protocols_[0].callback = on_event;
    protocols_[0].per_session_data_size = sizeof(Client*);
    protocols_[0].rx_buffer_size = kMostCommand;
    lws_context_creation_info info{};
    info.port = options_.port;
    info.iface = options_.bind.c_str();
    info.protocols = protocols_;
    info.user = this;
    info.gid = static_cast<decltype(info.gid)>(-1);
    info.uid = static_cast<decltype(info.uid)>(-1);
    info.vhost_name = kHost;
    info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    if (options_.bind.find(':') == std::string::npos)
      info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    context_ = lws_.create_context(&info);
    lws_vhost* host = context_ == nullptr ? nullptr : lws_.get_vhost_by_name(context_, kHost);
    port_ = host == nullptr ? -1 : lws_.get_vhost_listen_port(host);
    if (port_ <= 0) {
      if (context_ != nullptr) lws_.context_destroy(context_);
      throw Error(ErrorCode::output,
                  fmt::format("--ws {}: cannot listen at {}:{}; another program uses the port, or "
                              "the address is none of this machine; choose another port",
                              options_.port, options_.bind, options_.port));
    }
    thread_ = std::thread([this] {
      while (!stopped_ && lws_.service(context_, 0) >= 0) {
      }
    });
  }
  ~Server() override {
    stopped_ = true;
    lws_.cancel_service(context_);
    thread_.join();
    lws_.context_destroy(context_);
  }

  void begin(const StreamInfo& stream, const Setup&) override { units_ = stream.units; }

  void packet(const LivePacket& packet) override {
    {
      const std::lock_guard lock(mutex_);
      if (clients_.empty()) return;
    }
    const std::string lines = live_json(packet, units_);
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = lines.find('\n', begin);
      send(std::string_view(lines).substr(begin, end - begin));
      begin = end + 1;
    }
    lws_.cancel_service(context_);
  }

  std::int64_t dropped() const override { return dropped_; }
  int port() const override { return port_; }
  std::string name() const override { return fmt::format("--ws {}", port_); }

 private:
  static constexpr const char* kHost = "auriga";

  // With room for the head that libwebsockets writes before it.
  using Message = std::shared_ptr<std::vector<unsigned char>>;
  struct Client {
    lws* connection;
    std::deque<Message> waiting;  // guarded by mutex_
  };

  void send(std::string_view text) {
    auto message = std::make_shared<std::vector<unsigned char>>(LWS_PRE + text.size());
    std::copy(text.begin(), text.end(), message->begin() + LWS_PRE);
    const std::lock_guard lock(mutex_);
    for (Client* client : clients_) {
      if (client->waiting.size() >= kMostWaiting) {
        client->waiting.pop_front();
        ++dropped_;
      }
      client->waiting.push_back(message);
    }
  }

  std::string header(lws* connection, lws_token_indexes which) const {
    char text[256] = "";
    const int length = lws_.hdr_copy(connection, text, sizeof text, which);
    // Too long to be one that is allowed.
    if (length < 0) return which == WSI_TOKEN_ORIGIN ? "?" : "";
    return {text, static_cast<std::size_t>(length)};
  }

  static int on_event(lws* connection, lws_callback_reasons reason, void* user, void* data,
                      std::size_t length) noexcept {
    auto& server = *static_cast<Server*>(
        WebSocketLibrary::get().context_user(WebSocketLibrary::get().get_context(connection)));
    try {
      return server.handle(connection, reason, static_cast<Client**>(user), data, length);
    } catch (...) {
      return -1;  // for want of memory: the connection ends
    }
  }

  int handle(lws* connection, lws_callback_reasons reason, Client** client, void* data,
             std::size_t length) {
    switch (reason) {
      case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: {
        const std::lock_guard lock(mutex_);
        return clients_.size() < kMostClients &&
                       origin_allowed(header(connection, WSI_TOKEN_ORIGIN), options_.origins) &&
                       host_allowed(header(connection, WSI_TOKEN_HOST), loopback_)
                   ? 0
                   : -1;
      }
      case LWS_CALLBACK_HTTP:  // pages are not ours to give
        return -1;
      case LWS_CALLBACK_ESTABLISHED: {
        // The system would keep megabytes for a reader who is too slow, who would see what was half
        // a minute ago.
        setsockopt(lws_.get_socket_fd(connection), SOL_SOCKET, SO_SNDBUF, &kMostSent,
                   sizeof kMostSent);
        *client = new Client{connection, {}};
        const std::lock_guard lock(mutex_);
        clients_.insert(*client);
        return 0;
      }
      case LWS_CALLBACK_CLOSED: {
        if (client == nullptr || *client == nullptr) return 0;
        const std::lock_guard lock(mutex_);
        clients_.erase(*client);
        delete std::exchange(*client, nullptr);
        return 0;
      }
      case LWS_CALLBACK_EVENT_WAIT_CANCELLED: {
        const std::lock_guard lock(mutex_);
        for (const Client* one : clients_)
          if (!one->waiting.empty()) lws_.callback_on_writable(one->connection);
        return 0;
      }
      case LWS_CALLBACK_SERVER_WRITEABLE: {
        Message message;
        bool more = false;
        {
          const std::lock_guard lock(mutex_);
          if (client == nullptr || *client == nullptr || (*client)->waiting.empty()) return 0;
          message = std::move((*client)->waiting.front());
          (*client)->waiting.pop_front();
          more = !(*client)->waiting.empty();
        }
        // What the system does not take at once libwebsockets keeps, and asks for no more until
        // then.
        const std::size_t size = message->size() - LWS_PRE;
        if (lws_.write(connection, message->data() + LWS_PRE, size, LWS_WRITE_TEXT) <
            static_cast<int>(size))
          return -1;
        if (more) lws_.callback_on_writable(connection);
        return 0;
      }
      case LWS_CALLBACK_RECEIVE:
        if (length <= kMostCommand && lws_.is_first_fragment(connection) &&
            lws_.is_final_fragment(connection) && options_.command)
          options_.command(std::string_view(static_cast<const char*>(data), length));
        return 0;
      default:
        return 0;
    }
  }

  WebSocketOptions options_;
  const WebSocketLibrary& lws_;
  bool loopback_;
  lws_protocols protocols_[2] = {};  // the second ends the list
  lws_context* context_ = nullptr;
  int port_ = 0;
  UnitNames units_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> dropped_ = 0;
  std::mutex mutex_;  // guards the next, and what the clients wait for
  std::set<Client*> clients_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<WebSocketSink> make_websocket_live_sink(const WebSocketOptions& options) {
  return std::make_unique<Server>(options);
}

#else

std::unique_ptr<WebSocketSink> make_websocket_live_sink(const WebSocketOptions&) {
  throw Error(ErrorCode::usage,
              "--ws needs libwebsockets, which this auriga was built without; build it where "
              "libwebsockets-dev is installed, or take --ndjson");
}

#endif

}  // namespace auriga
