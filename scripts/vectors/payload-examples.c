/* Prints payloads as Linux's headers lay them out on this ABI. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <linux/can/j1939.h>
#include <linux/errqueue.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/llc.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/rds.h>
#include <linux/rxrpc.h>
#include <linux/sctp.h>
#include <linux/time_types.h>
#include <linux/tipc.h>
#include <linux/tls.h>
#include <netiucv/iucv.h>

#include "payload-examples.h"

/* Newer than some headers that this is compiled with; include/linux/socket.h, include/uapi/linux/uio.h. */
#ifndef SCM_SECURITY
#define SCM_SECURITY 3
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
#ifndef SCM_DEVMEM_DMABUF
#define SCM_DEVMEM_DMABUF 79
#endif
#ifndef SCM_INQ
#define SCM_INQ 84
#endif
struct dmabuf_cmsg_6_12 {
  uint64_t frag_offset;
  uint32_t frag_size, frag_token, dmabuf_id, flags;
};
/* Left out of <linux/in6.h> beside <netinet/in.h>. */
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#endif

static void show_socket(void) {
  LIST(SOL_SOCKET, SCM_RIGHTS, "fds", "[3]", int, {3});
  LIST(SOL_SOCKET, SCM_RIGHTS, "fds", "[-1,0,2147483647]", int, {-1, 0, 2147483647});
  BOTH(SOL_SOCKET, SCM_CREDENTIALS, "credentials", "{\"pid\":-1,\"uid\":4294967295,\"gid\":4294967294}", struct ucred,
       {-1, 4294967295u, 4294967294u});
  LIST(SOL_SOCKET, SCM_SECURITY, "label", "[107,101,114,110,101,108,0]", char, {'k', 'e', 'r', 'n', 'e', 'l', 0});
  BOTH(SOL_SOCKET, SCM_PIDFD, "pidfd", "-24", int, -EMFILE);
  BOTH(SOL_SOCKET, SO_TIMESTAMP_OLD, "timestamp", "{\"tv_sec\":1700000000,\"tv_usec\":999999}",
       struct __kernel_old_timeval, {1700000000, 999999});
  BOTH(SOL_SOCKET, SO_TIMESTAMP_NEW, "timestamp_new", "{\"tv_sec\":-1,\"tv_usec\":1}", struct __kernel_sock_timeval,
       {-1, 1});
  BOTH(SOL_SOCKET, SO_TIMESTAMPNS_OLD, "timestampns", "{\"tv_sec\":-2,\"tv_nsec\":999999999}",
       struct __kernel_old_timespec, {-2, 999999999});
  BOTH(SOL_SOCKET, SO_TIMESTAMPNS_NEW, "timestampns_new", "{\"tv_sec\":\"0x7fffffffffffffff\",\"tv_nsec\":5}",
       struct __kernel_timespec, {0x7fffffffffffffff, 5});
  LIST(SOL_SOCKET, SO_TIMESTAMPING_OLD, "timestamping",
       "[{\"tv_sec\":1,\"tv_nsec\":2},{\"tv_sec\":0,\"tv_nsec\":0},{\"tv_sec\":3,\"tv_nsec\":4}]",
       struct __kernel_old_timespec, {{1, 2}, {0, 0}, {3, 4}});
  BOTH(SOL_SOCKET, SO_TIMESTAMPING_OLD, "tsflags", "262915", uint32_t, 0x40303);
  BOTH(SOL_SOCKET, SO_TIMESTAMPING_NEW, "timestamping_new",
       "[{\"tv_sec\":0,\"tv_nsec\":0},{\"tv_sec\":0,\"tv_nsec\":0},{\"tv_sec\":4294967296,\"tv_nsec\":9}]",
       struct scm_timestamping64, {{{0, 0}, {0, 0}, {4294967296, 9}}});
  BOTH(SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, "timestamping_pktinfo", "{\"if_index\":2,\"pkt_length\":1500}",
       struct scm_ts_pktinfo, {2, 1500, {0, 0}});
  BOTH(SOL_SOCKET, SCM_TXTIME, "txtime", "\"0xfedcba9876543210\"", uint64_t, 0xfedcba9876543210);
  BOTH(SOL_SOCKET, SCM_TXTIME, "txtime", "9007199254740992", uint64_t, 9007199254740992);
  BOTH(SOL_SOCKET, SCM_TXTIME, "txtime", "\"0x20000000000001\"", uint64_t, 0x20000000000001);
  BOTH(SOL_SOCKET, SO_MARK, "mark", "4294967295", uint32_t, 0xffffffff);
  BOTH(SOL_SOCKET, SO_PRIORITY, "priority", "6", uint32_t, 6);
  BOTH(SOL_SOCKET, SO_RXQ_OVFL, "rxq_ovfl", "3000000000", uint32_t, 3000000000);
  BOTH(SOL_SOCKET, SCM_WIFI_STATUS, "wifi_status", "1", int, 1);
  BOTH(SOL_SOCKET, SCM_DEVMEM_DMABUF, "devmem_dmabuf",
       "{\"frag_offset\":\"0x8000000000000000\",\"frag_size\":4096,\"frag_token\":7,\"dmabuf_id\":3,\"flags\":0}",
       struct dmabuf_cmsg_6_12, {0x8000000000000000, 4096, 7, 3, 0});
  BOTH(SOL_SOCKET, SCM_DEVMEM_DMABUF, "dmabuf_id", "9", uint32_t, 9);
  BOTH(SOL_SOCKET, SCM_INQ, "inq", "123456", int, 123456);
}

struct offended {
  struct sock_extended_err ee;
  struct sockaddr_in offender;
};
struct offended6 {
  struct sock_extended_err ee;
  struct sockaddr_in6 offender;
};

static void show_ip(void) {
  BOTH(IPPROTO_IP, IP_TOS, "tos", "184", int, 0xb8);
  PARSE(IPPROTO_IP, IP_TOS, "tos", "255", unsigned char, 0xff);
  BOTH(IPPROTO_IP, IP_TTL, "ttl", "64", int, 64);
  BOTH(IPPROTO_IP, IP_PKTINFO, "pktinfo",
       "{\"ipi_ifindex\":1,\"ipi_spec_dst\":\"127.0.0.1\",\"ipi_addr\":\"224.0.0.251\"}", struct in_pktinfo,
       {1, {LOOPBACK}, {NET32(0xe00000fb)}});
  BOTH(IPPROTO_IP, IP_RECVERR, "recverr",
       "{\"ee\":{\"ee_errno\":111,\"ee_origin\":2,\"ee_type\":3,\"ee_code\":3,\"ee_info\":0,\"ee_data\":4294967295},"
       "\"offender\":{\"sin_family\":2,\"sin_port\":443,\"sin_addr\":\"10.1.2.3\"}}",
       struct offended, {{111, 2, 3, 3, 0, 0, {0xffffffff}}, {AF_INET, NET16(443), {NET32(0x0a010203)}, {0}}});
  BOTH(IPPROTO_IP, IP_RECVERR, "extended_err",
       "{\"ee_errno\":0,\"ee_origin\":5,\"ee_type\":0,\"ee_code\":1,\"ee_info\":7,\"ee_data\":8}",
       struct sock_extended_err, {0, SO_EE_ORIGIN_ZEROCOPY, 0, SO_EE_CODE_ZEROCOPY_COPIED, 0, 7, {8}});
  BOTH(IPPROTO_IP, IP_ORIGDSTADDR, "origdstaddr", "{\"sin_family\":2,\"sin_port\":65535,\"sin_addr\":\"127.0.0.1\"}",
       struct sockaddr_in, {AF_INET, NET16(65535), {LOOPBACK}, {0}});
  BOTH(IPPROTO_IP, IP_CHECKSUM, "checksum", "65535", uint32_t, 65535);
  BOTH(IPPROTO_IP, IP_RECVFRAGSIZE, "fragsize", "-1", int, -1);
}

static void show_ipv6(void) {
  BOTH(IPPROTO_IPV6, IPV6_PKTINFO, "pktinfo6", "{\"ipi6_addr\":\"2001:db8::1234\",\"ipi6_ifindex\":2}",
       struct in6_pktinfo, {SIX, 2});
  struct {
    struct in6_pktinfo it;
    uint32_t more;
  } static const longer = {{{{{0}}}, 1}, 0xffffffff};
  show(",\"only\":\"parse\"", IPPROTO_IPV6, IPV6_PKTINFO, "pktinfo6", "{\"ipi6_addr\":\"::\",\"ipi6_ifindex\":1}", &longer,
       sizeof longer);
  BOTH(IPPROTO_IPV6, IPV6_HOPLIMIT, "hoplimit", "255", int, 255);
  BOTH(IPPROTO_IPV6, IPV6_TCLASS, "tclass6", "-1", int, -1);
  BOTH(IPPROTO_IPV6, IPV6_FLOWINFO, "flowinfo", "1048575", uint32_t, NET32(0xfffff));
  BOTH(IPPROTO_IPV6, IPV6_RECVERR, "recverr6",
       "{\"ee\":{\"ee_errno\":90,\"ee_origin\":3,\"ee_type\":2,\"ee_code\":0,\"ee_info\":1280,\"ee_data\":0},\"offender\":"
       "{\"sin6_family\":10,\"sin6_port\":0,\"sin6_flowinfo\":1,\"sin6_addr\":\"2001:db8::1234\",\"sin6_scope_id\":3}}",
       struct offended6, {{90, 3, 2, 0, 0, 1280, {0}}, {AF_INET6, 0, NET32(1), SIX, 3}});
  BOTH(IPPROTO_IPV6, IPV6_PATHMTU, "pathmtu",
       "{\"ip6m_addr\":{\"sin6_family\":10,\"sin6_port\":53,\"sin6_flowinfo\":0,\"sin6_addr\":\"2001:db8::1234\","
       "\"sin6_scope_id\":0},\"ip6m_mtu\":1280}",
       struct ip6_mtuinfo, {{AF_INET6, NET16(53), 0, SIX, 0}, 1280});
  BOTH(SOL_TCP, TCP_CM_INQ, "tcp_inq", "2147483647", int, 2147483647);
  BOTH(SOL_UDP, UDP_SEGMENT, "udp_segment", "65535", uint16_t, 65535);
  BOTH(SOL_UDP, UDP_GRO, "udp_gro", "1472", int, 1472);
}

static void show_sctp(void) {
  BOTH(IPPROTO_SCTP, SCTP_INIT, "sctp_init",
       "{\"sinit_num_ostreams\":65535,\"sinit_max_instreams\":2,\"sinit_max_attempts\":3,\"sinit_max_init_timeo\":4}",
       struct sctp_initmsg, {65535, 2, 3, 4});
  BOTH(IPPROTO_SCTP, SCTP_SNDRCV, "sctp_sndrcv",
       "{\"sinfo_stream\":1,\"sinfo_ssn\":2,\"sinfo_flags\":3,\"sinfo_ppid\":4,\"sinfo_context\":5,\"sinfo_timetolive\":6,"
       "\"sinfo_tsn\":7,\"sinfo_cumtsn\":8,\"sinfo_assoc_id\":-9}",
       struct sctp_sndrcvinfo, {1, 2, 3, 4, 5, 6, 7, 8, -9});
  BOTH(IPPROTO_SCTP, SCTP_PRINFO, "sctp_prinfo", "{\"pr_policy\":16,\"pr_value\":4294967295}", struct sctp_prinfo,
       {16, 0xffffffff});
  BOTH(IPPROTO_SCTP, SCTP_AUTHINFO, "sctp_authinfo", "257", struct sctp_authinfo, {257});
  BOTH(IPPROTO_SCTP, SCTP_DSTADDRV4, "sctp_dstaddrv4", "\"127.0.0.1\"", struct in_addr, {LOOPBACK});
  BOTH(IPPROTO_SCTP, SCTP_DSTADDRV6, "sctp_dstaddrv6", "\"2001:db8::1234\"", struct in6_addr, SIX);
}

static void show_others(void) {
  BOTH(SOL_CAN_J1939, SCM_J1939_DEST_NAME, "j1939_dest_name", "\"0xa0000000000000ff\"", uint64_t, 0xa0000000000000ff);
  BOTH(SOL_CAN_J1939, SCM_J1939_PRIO, "j1939_prio", "6", uint8_t, 6);
  BOTH(SOL_PACKET, PACKET_AUXDATA, "packet_auxdata",
       "{\"tp_status\":1,\"tp_len\":60,\"tp_snaplen\":54,\"tp_mac\":14,\"tp_net\":28,\"tp_vlan_tci\":4095,"
       "\"tp_vlan_tpid\":33024}",
       struct tpacket_auxdata, {1, 60, 54, 14, 28, 4095, 0x8100});
  BOTH(SOL_LLC, LLC_OPT_PKTINFO, "llc_pktinfo", "{\"lpi_ifindex\":3,\"lpi_sap\":66,\"lpi_mac\":[1,2,3,253,254,255]}",
       struct llc_pktinfo, {3, 66, {1, 2, 3, 253, 254, 255}});
  BOTH(SOL_NETLINK, NETLINK_PKTINFO, "nl_pktinfo", "31", struct nl_pktinfo, {31});
  BOTH(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, "nsid", "-1", int, -1);
  LIST(SOL_TIPC, TIPC_ERRINFO, "tipc_errinfo", "{\"error\":2,\"length\":100}", uint32_t, {2, 100});
  BOTH(SOL_TIPC, TIPC_DESTNAME, "tipc_destname", "{\"type\":18888,\"lower\":17,\"upper\":4294967295}",
       struct tipc_service_range, {18888, 17, 0xffffffff});
  BOTH(SOL_RXRPC, RXRPC_USER_CALL_ID, "rxrpc_user_call_id", "3735928559", unsigned long, 0xdeadbeef);
  BOTH(SOL_RXRPC, RXRPC_TX_LENGTH, "rxrpc_tx_length", "\"-0x1000000000000000\"", int64_t, -0x1000000000000000);
  LIST(SOL_RXRPC, RXRPC_SET_CALL_TIMEOUT, "rxrpc_call_timeouts", "[20,0,500]", uint32_t, {20, 0, 500});
  BOTH(SOL_IUCV, SCM_IUCV_TRGCLS, "iucv_trgcls", "305419896", uint32_t, 0x12345678);
  struct {
    struct af_alg_iv head;
    unsigned char iv[5];
  } static const iv = {{5, {}}, {1, 2, 3, 4, 255}};
  show("", SOL_ALG, ALG_SET_IV, "alg_iv", "{\"ivlen\":5,\"iv\":[1,2,3,4,255]}", &iv, sizeof(uint32_t) + 5);
  BOTH(SOL_ALG, ALG_SET_OP, "alg_op", "1", uint32_t, ALG_OP_ENCRYPT);
  LIST(SOL_TLS, TLS_SET_RECORD_TYPE, "tls_set_record_type", "21", unsigned char, {21});
  LIST(SOL_TLS, TLS_GET_RECORD_TYPE, "tls_get_record_type", "23", unsigned char, {23});
}

static void show_rds(void) {
  BOTH(SOL_RDS, RDS_CMSG_RDMA_ARGS, "rds_rdma_args",
       "{\"cookie\":1,\"remote_vec\":{\"addr\":\"0xffff888000000000\",\"bytes\":4096},\"local_vec_addr\":2,\"nr_local\":3,"
       "\"flags\":4,\"user_token\":5}",
       struct rds_rdma_args, {1, {0xffff888000000000, 4096}, 2, 3, 4, 5});
  BOTH(SOL_RDS, RDS_CMSG_RDMA_STATUS, "rds_rdma_status", "{\"user_token\":\"0xffffffffffffffff\",\"status\":-1}",
       struct rds_rdma_notify, {0xffffffffffffffff, -1});
  BOTH(SOL_RDS, RDS_CMSG_ATOMIC_CSWP, "rds_atomic_cswp",
       "{\"cookie\":1,\"local_addr\":2,\"remote_addr\":3,\"compare\":4,\"swap\":5,\"flags\":6,\"user_token\":7}",
       struct rds_atomic_args,
       {.cookie = 1, .local_addr = 2, .remote_addr = 3, .cswp = {4, 5}, .flags = 6, .user_token = 7});
  BOTH(SOL_RDS, RDS_CMSG_RXPATH_LATENCY, "rds_rx_trace",
       "{\"rx_traces\":2,\"rx_trace_pos\":[0,1,0],\"rx_trace\":[10,\"0x8000000000000000\",0]}", struct rds_cmsg_rx_trace,
       {2, {0, 1, 0}, {10, 0x8000000000000000, 0}});
  BOTH(SOL_RDS, RDS_CMSG_ZCOPY_COMPLETION, "rds_zcopy_cookies", "{\"num\":2,\"cookies\":[5,4294967295,0,0,0,0,0,0]}",
       struct rds_zcopy_cookies, {2, {5, 0xffffffff}});
}

int main(void) {
  show_socket();
  show_ip();
  show_ipv6();
  show_sctp();
  show_others();
  show_rds();
  return 0;
}
