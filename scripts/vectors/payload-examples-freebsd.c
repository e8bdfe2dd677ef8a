/* Prints payloads of FreeBSD on a processor whose C types are FreeBSD's too; what its headers declare is restated from
   sys/sys/socket.h, sys/sys/time.h, sys/netinet/in.h, sys/netinet6/in6.h and sys/net/if_dl.h. */
#include <sys/types.h>

#include "payload-examples.h"

enum { SOL_SOCKET = 0xffff, IPPROTO_IP = 0, IPPROTO_IPV6 = 41 };
enum { SCM_RIGHTS = 1, SCM_TIMESTAMP, SCM_CREDS, SCM_BINTIME, SCM_REALTIME, SCM_MONOTONIC, SCM_TIME_INFO, SCM_CREDS2 };
enum { IP_RECVDSTADDR = 7, IP_RECVIF = 20, IP_ORIGDSTADDR = 27, IP_RECVTTL = 65, IP_RECVTOS = 68 };
enum { IPV6_PATHMTU = 44, IPV6_PKTINFO = 46, IPV6_HOPLIMIT = 47 };
enum { AF_INET = 2, AF_LINK = 18, AF_INET6 = 28 };

struct cmsgcred {
  pid_t cmcred_pid;
  uid_t cmcred_uid, cmcred_euid;
  gid_t cmcred_gid;
  short cmcred_ngroups;
  gid_t cmcred_groups[16];
};
struct sockcred {
  uid_t sc_uid, sc_euid;
  gid_t sc_gid, sc_egid;
  int sc_ngroups;
  gid_t sc_groups[2];
};
struct sockcred2 {
  int sc_version;
  pid_t sc_pid;
  uid_t sc_uid, sc_euid;
  gid_t sc_gid, sc_egid;
  int sc_ngroups;
  gid_t sc_groups[1];
};
struct sock_timestamp_info {
  uint32_t st_info_flags, st_info_pad0;
  uint64_t st_info_rsv[7];
};
struct bintime {
  time_t sec;
  uint64_t frac;
};
struct pair {
  time_t seconds;
  long fraction;
};
struct sockaddr_in {
  uint8_t sin_len, sin_family;
  uint16_t sin_port;
  uint32_t sin_addr;
  char sin_zero[8];
};
struct six {
  union {
    uint8_t bytes[16];
    uint32_t words[4];
  } u;
};
struct sockaddr_in6 {
  uint8_t sin6_len, sin6_family;
  uint16_t sin6_port;
  uint32_t sin6_flowinfo;
  struct six sin6_addr;
  uint32_t sin6_scope_id;
};
struct in6_pktinfo {
  struct six ipi6_addr;
  unsigned ipi6_ifindex;
};
struct ip6_mtuinfo {
  struct sockaddr_in6 ip6m_addr;
  uint32_t ip6m_mtu;
};
/* With a name of three bytes; packed, as there is no end to round up. */
struct __attribute__((packed)) sockaddr_dl_3 {
  uint8_t sdl_len, sdl_family;
  uint16_t sdl_index;
  uint8_t sdl_type, sdl_nlen, sdl_alen, sdl_slen;
  char sdl_data[3];
};

int main(void) {
  LIST(SOL_SOCKET, SCM_RIGHTS, "fds", "[4,5]", int, {4, 5});
  BOTH(SOL_SOCKET, SCM_CREDS, "cmsgcred",
       "{\"cmcred_pid\":100,\"cmcred_uid\":1001,\"cmcred_euid\":0,\"cmcred_gid\":5,\"cmcred_ngroups\":2,"
       "\"cmcred_groups\":[5,4294967295,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}",
       struct cmsgcred, {100, 1001, 0, 5, 2, {5, 0xffffffff}});
  BOTH(SOL_SOCKET, SCM_CREDS, "sockcred",
       "{\"sc_uid\":1001,\"sc_euid\":1002,\"sc_gid\":3,\"sc_egid\":4,\"sc_ngroups\":2,\"sc_groups\":[4,20]}",
       struct sockcred, {1001, 1002, 3, 4, 2, {4, 20}});
  BOTH(SOL_SOCKET, SCM_CREDS2, "sockcred2",
       "{\"sc_version\":0,\"sc_pid\":77,\"sc_uid\":1,\"sc_euid\":2,\"sc_gid\":3,\"sc_egid\":4,\"sc_ngroups\":1,"
       "\"sc_groups\":[4]}",
       struct sockcred2, {0, 77, 1, 2, 3, 4, 1, {4}});
  BOTH(SOL_SOCKET, SCM_TIMESTAMP, "timestamp", "{\"tv_sec\":1700000000,\"tv_usec\":999999}", struct pair,
       {1700000000, 999999});
  BOTH(SOL_SOCKET, SCM_BINTIME, "bintime", "{\"sec\":-1,\"frac\":\"0x8000000000000000\"}", struct bintime,
       {-1, 0x8000000000000000});
  BOTH(SOL_SOCKET, SCM_REALTIME, "realtime", "{\"tv_sec\":1,\"tv_nsec\":999999999}", struct pair, {1, 999999999});
  BOTH(SOL_SOCKET, SCM_MONOTONIC, "monotonic", "{\"tv_sec\":2,\"tv_nsec\":3}", struct pair, {2, 3});
  BOTH(SOL_SOCKET, SCM_TIME_INFO, "st_info_flags", "3", struct sock_timestamp_info, {3, 0, {0}});
  BOTH(IPPROTO_IP, IP_RECVDSTADDR, "dstaddr", "\"127.0.0.1\"", uint32_t, LOOPBACK);
  BOTH(IPPROTO_IP, IP_RECVIF, "recvif",
       "{\"sdl_len\":11,\"sdl_family\":18,\"sdl_index\":2,\"sdl_type\":6,\"sdl_nlen\":3,\"sdl_alen\":0,\"sdl_slen\":0,"
       "\"sdl_data\":[101,109,48]}",
       struct sockaddr_dl_3, {11, AF_LINK, 2, 6, 3, 0, 0, {'e', 'm', '0'}});
  BOTH(IPPROTO_IP, IP_RECVTTL, "ttl", "64", uint8_t, 64);
  BOTH(IPPROTO_IP, IP_RECVTOS, "tos", "184", uint8_t, 184);
  BOTH(IPPROTO_IP, IP_ORIGDSTADDR, "origdstaddr",
       "{\"sin_len\":16,\"sin_family\":2,\"sin_port\":443,\"sin_addr\":\"10.1.2.3\"}", struct sockaddr_in,
       {16, AF_INET, NET16(443), NET32(0x0a010203), {0}});
  BOTH(IPPROTO_IPV6, IPV6_PKTINFO, "pktinfo6", "{\"ipi6_addr\":\"2001:db8::1234\",\"ipi6_ifindex\":2}",
       struct in6_pktinfo, {SIX, 2});
  BOTH(IPPROTO_IPV6, IPV6_HOPLIMIT, "hoplimit", "255", int, 255);
  BOTH(IPPROTO_IPV6, IPV6_PATHMTU, "pathmtu",
       "{\"ip6m_addr\":{\"sin6_len\":28,\"sin6_family\":28,\"sin6_port\":53,\"sin6_flowinfo\":1,"
       "\"sin6_addr\":\"2001:db8::1234\",\"sin6_scope_id\":0},\"ip6m_mtu\":1280}",
       struct ip6_mtuinfo, {{28, AF_INET6, NET16(53), NET32(1), SIX, 0}, 1280});
  return 0;
}
