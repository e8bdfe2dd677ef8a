/**
 * Structs as the headers of glibc and musl declare them on the little-endian machines that koffi runs on, in koffi's
 * types. koffi lays them out by the rules that it was compiled with.
 */
type Members = Record<string, string>;

const COMMON: Record<string, Members> = {
  iovec: { iov_base: 'void *', iov_len: 'size_t' },
  ucred: { pid: 'int', uid: 'uint32_t', gid: 'uint32_t' },
  sockaddr_un: { sun_family: 'uint16_t', sun_path: 'char[108]' },
  sockaddr_in: { sin_family: 'uint16_t', sin_port: 'uint16_t', sin_addr: 'uint32_t', sin_zero: 'uint8_t[8]' },
  sockaddr_in6: {
    sin6_family: 'uint16_t',
    sin6_port: 'uint16_t',
    sin6_flowinfo: 'uint32_t',
    sin6_addr: 'uint32_t[4]',
    sin6_scope_id: 'uint32_t',
  },
  in_pktinfo: { ipi_ifindex: 'int', ipi_spec_dst: 'uint32_t', ipi_addr: 'uint32_t' },
  in6_pktinfo: { ipi6_addr: 'uint32_t[4]', ipi6_ifindex: 'uint32_t' },
  sock_extended_err: {
    ee_errno: 'uint32_t',
    ee_origin: 'uint8_t',
    ee_type: 'uint8_t',
    ee_code: 'uint8_t',
    ee_pad: 'uint8_t',
    ee_info: 'uint32_t',
    ee_data: 'uint32_t',
  },
};

export const STRUCTS: Record<'glibc' | 'musl', Record<string, Members>> = {
  glibc: {
    ...COMMON,
    msghdr: {
      msg_name: 'void *',
      msg_namelen: 'uint32_t',
      msg_iov: 'void *',
      msg_iovlen: 'size_t',
      msg_control: 'void *',
      msg_controllen: 'size_t',
      msg_flags: 'int',
    },
    cmsghdr: { cmsg_len: 'size_t', cmsg_level: 'int', cmsg_type: 'int' },
    timeval: { tv_sec: 'long', tv_usec: 'long' },
    timespec: { tv_sec: 'long', tv_nsec: 'long' },
  },
  // Of 64 bits: what pads POSIX's types there to the kernel's is not there on 32.
  musl: {
    ...COMMON,
    msghdr: {
      msg_name: 'void *',
      msg_namelen: 'uint32_t',
      msg_iov: 'void *',
      msg_iovlen: 'int',
      __pad1: 'int',
      msg_control: 'void *',
      msg_controllen: 'uint32_t',
      __pad2: 'int',
      msg_flags: 'int',
    },
    cmsghdr: { cmsg_len: 'uint32_t', __pad1: 'int', cmsg_level: 'int', cmsg_type: 'int' },
    timeval: { tv_sec: 'int64_t', tv_usec: 'int64_t' },
    timespec: { tv_sec: 'int64_t', tv_nsec: 'long' },
  },
};
