// Constants of the io_uring interface that the headers of Debian 12 (Linux 6.1, liburing 2.3) lack.
// Values from include/uapi/linux/io_uring.h.
#pragma once

namespace core {

// Linux 6.15. While a ring waits with operations in flight, the CPU would be shown as waiting for a
// disk (iowait); the flag says that it is idle.
inline constexpr unsigned kEnterNoIowait = 1u << 7;
inline constexpr unsigned kFeatureNoIowait = 1u << 17;

}  // namespace core
