#include "tools/tollgate/serve.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <expected>
#include <string>
#include <vector>

#include "core/runtime/clock.h"
#include "core/runtime/cpus.h"
#include "core/runtime/uring_probe.h"
#include "net/address.h"
#include "net/authz_routes.h"
#include "net/listener.h"
#include "tools/tollgate/admin_token.h"
#include "tools/tollgate/data_dir.h"
#include "tools/tollgate/privileges.h"
#include "tools/tollgate/process.h"

namespace tollgate {
namespace {

constexpr int kExitClean = 0;
constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

// How often the main thread looks whether the shards have drained.
constexpr timespec kTick = {.tv_sec = 1, .tv_nsec = 0};
constexpr timespec kDrainPoll = {.tv_sec = 0, .tv_nsec = 20'000'000};

int fail(int code, const std::string& why) {
  std::fprintf(stderr, "tollgate: %s\n", why.c_str());
  return code;
}

// The options that need more than a range check.
struct Plan {
  std::vector<net::ListenAddress> addresses;  // Operators' last.
  std::size_t ops_listeners = 0;
  int shards = 1;
  std::vector<int> cpus;
};

std::expected<Plan, std::string> make_plan(const ServeOptions& options) {
  Plan plan;
  plan.ops_listeners = options.ops_listen.size();
  for (const auto* list : {&options.listen, &options.ops_listen}) {
    for (const std::string& text : *list) {
      auto address = net::parse_listen_address(text);
      if (!address) return std::unexpected(fmt::format("--listen {}: {}", text, address.error()));
      plan.addresses.push_back(std::move(*address));
    }
  }
  net::AuthzRoutes routes;
  for (const std::string& row : options.authz_routes) {
    if (const auto added = routes.add(row); !added) {
      return std::unexpected(fmt::format("--authz-route \"{}\": {}", row, added.error()));
    }
  }
  const auto available = core::affinity_cpus();
  if (!available) return std::unexpected(core::describe(available.error()));
  if (!options.cpus.empty()) {
    auto cpus = core::parse_cpu_list(options.cpus);
    if (!cpus)
      return std::unexpected(fmt::format("--cpus {}: {}", options.cpus, cpus.error().what));
    for (const int cpu : *cpus) {
      if (std::ranges::find(*available, cpu) != available->end()) continue;
      return std::unexpected(
          fmt::format("--cpus {}: CPU {} is not available to this process", options.cpus, cpu));
    }
    plan.cpus = std::move(*cpus);
  }
  const int usable = plan.cpus.empty() ? core::usable_cpus(static_cast<int>(available->size()),
                                                           core::cgroup_cpu_quota())
                                       : static_cast<int>(plan.cpus.size());
  plan.shards = options.shards > 0 ? options.shards : usable;
  return plan;
}

std::expected<std::vector<net::Listener>, std::string> open_listeners(const Plan& plan) {
  std::vector<net::Listener> listeners;
  for (const net::ListenAddress& address : plan.addresses) {
    auto listener = net::Listener::open(address, plan.shards);
    if (!listener) return std::unexpected(listener.error());
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

Step give_up_privileges(const ServeOptions& options) {
  if (!options.user.empty()) return drop_privileges(options.user, options.data);
  if (::geteuid() == 0) {
    std::fprintf(stderr, "tollgate: running as root; --user NAME gives that up after binding\n");
  }
  return {};
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Waits at most `timeout` for a stop or reload. Returns the signal, 0 for none.
int wait_for_signal(const sigset_t& signals, const timespec& timeout) {
  const int signal = ::sigtimedwait(&signals, nullptr, &timeout);
  return signal > 0 ? signal : 0;
}

// Waits out `seconds`, or less if a second stop signal comes: then true.
bool hurried(const sigset_t& signals, Process& process, std::uint32_t seconds, bool until_drained) {
  const core::SystemClock clock;
  const core::BootNanos until = clock.boot_now() + seconds * core::kNanosPerSecond;
  while (clock.boot_now() < until) {
    if (until_drained && process.drained()) return false;
    const int signal = wait_for_signal(signals, kDrainPoll);
    if (signal == SIGTERM || signal == SIGINT) return true;
    if (signal == SIGHUP) process.reopen_logs();
  }
  return false;
}

int run_until_stopped(const ServeOptions& options, Process& process, const sigset_t& signals) {
  for (;;) {
    const int signal = wait_for_signal(signals, kTick);
    process.tick();
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal == SIGHUP) process.reopen_logs();
  }
  process.stop_being_ready();
  if (!hurried(signals, process, options.drain_delay_s, false)) {
    process.drain();
    if (hurried(signals, process, options.drain_timeout_s, true) || !process.drained()) {
      process.log().warn("stopping with connections open");
    }
  }
  return process.stop() ? kExitClean : kExitFailure;
}

Step open_all(Process& process, const ServeOptions& options, const Plan& plan,
              std::vector<net::Listener>& listeners) {
  core::KernelRandom random;
  const auto token = read_admin_token(options.admin_token_file, options.data, random);
  if (!token) return std::unexpected(token.error());
  if (!token->made_at.empty()) {
    std::fprintf(stderr, "tollgate: the admin token was made and written to %s\n",
                 token->made_at.c_str());
  }
  if (auto step = process.open_logs(); !step) return step;
  if (auto step = process.open_storage(); !step) return step;
  return process.open_shards(token->digest, listeners, plan.ops_listeners);
}

}  // namespace

int serve(const ServeOptions& options) {
  forbid_core_dumps();
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Before any thread: all inherit it.

  const auto plan = make_plan(options);
  if (!plan) return fail(kExitUsage, plan.error());
  auto dir = DataDir::open(options.data);
  if (!dir) return fail(kExitFailure, dir.error());
  auto listeners = open_listeners(*plan);
  if (!listeners) return fail(kExitFailure, listeners.error());
  if (const auto step = give_up_privileges(options); !step) return fail(kExitFailure, step.error());
  if (const auto refusal = core::probe_uring()) return fail(kExitFailure, refusal->line());

  Process process(options, dir->path(), plan->shards, plan->cpus);
  if (const auto step = open_all(process, options, *plan, *listeners); !step) {
    return fail(kExitFailure, step.error());
  }
  process.run();
  for (const net::Listener& listener : *listeners) {
    std::fprintf(stderr, "tollgate: listening on %s (%d %s)\n", listener.url().c_str(),
                 plan->shards, plan->shards == 1 ? "shard" : "shards");
  }
  return run_until_stopped(options, process, signals);
}

}  // namespace tollgate
