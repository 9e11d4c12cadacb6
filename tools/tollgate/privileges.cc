#include "tools/tollgate/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace tollgate {
namespace {

std::unexpected<std::string> failed(const std::string& what) {
  return std::unexpected(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

std::expected<void, std::string> drop_privileges(const std::string& user,
                                                 const std::string& data_dir) {
  errno = 0;
  const passwd* const entry = ::getpwnam(user.c_str());
  if (entry == nullptr)
    return std::unexpected(fmt::format("--user {}: there is no such user", user));
  const uid_t uid = entry->pw_uid;
  const gid_t gid = entry->pw_gid;
  if (::geteuid() == 0) {
    std::error_code error;
    if (::chown(data_dir.c_str(), uid, gid) != 0) return failed("can't give away " + data_dir);
    for (const auto& item : std::filesystem::recursive_directory_iterator(data_dir, error)) {
      if (::lchown(item.path().c_str(), uid, gid) != 0) {
        return failed("can't give away " + item.path().string());
      }
    }
  }
  if (::setgroups(0, nullptr) != 0) return failed("--user: can't drop groups");
  if (::setresgid(gid, gid, gid) != 0) return failed("--user: can't set the group");
  if (::setresuid(uid, uid, uid) != 0) return failed("--user: can't set the user");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("--user: no_new_privs");
  return {};
}

void forbid_core_dumps() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace tollgate
