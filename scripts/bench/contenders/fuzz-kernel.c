// fuzz-kernel [range]: the cases of a recorded run through sendmsg and recvmsg, with the checks of the fuzzer: what
// is sent is read, what may be refused is known, what arrives is compared by pid, uid, gid, st_dev and st_ino, what was
// not to be written is looked at. Closes what came one by one or, with `range`, consecutive numbers with one call.
//
// The stream lies in $TMPDIR, where fuzz-kernel-ancillary.mjs writes it; all u32 of this machine's byte order: how many descriptors are known, their numbers, pid, uid, gid; then
// cases: pair, whether close-on-exec, room, size, and the control bytes, filled up to a multiple of 8.
#define _GNU_SOURCE
#include <time.h>
#define CLOCK CLOCK_PROCESS_CPUTIME_ID
#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_FD = 253, NUMBERS = 4096, ROOM = 4096, RECEIVE = 2048, GUARD = 64, PAIRS = 6, RENEWED = 4096, CANARY = 0xaa };

static uint32_t *cases, *next_case, *end_of_cases;
static struct ucred own;
static int by_range, files, file[64], pairs[PAIRS][2];
static uint8_t is_open[NUMBERS];
static struct stat identity[NUMBERS];
static _Alignas(4096) char control[ROOM];
static _Alignas(64) unsigned char received[RECEIVE + GUARD];
static char data_out[64], data_in[64];

static int sent_count, sent_fds[MAX_FD], got_count, got[MAX_FD + RECEIVE / 4];
static struct ucred sent_credentials, got_credentials;
static int has_credentials, came_credentials;

static void wrong(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void open_pair(int i) {
  static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
  int yes = 1;
  if (socketpair(AF_UNIX, types[i % 3] | SOCK_CLOEXEC, 0, pairs[i]) != 0) fail("socketpair");
  if (i >= 3 && setsockopt(pairs[i][1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0) fail("SO_PASSCRED");
  for (int end = 0; end < 2; end++) {
    is_open[pairs[i][end]] = 1;
    fstat(pairs[i][end], &identity[pairs[i][end]]);
  }
}

static void renew(void) {
  for (int i = 0; i < PAIRS; i++)
    for (int end = 0; end < 2; end++) {
      is_open[pairs[i][end]] = 0;
      close(pairs[i][end]);
    }
  for (int i = 0; i < PAIRS; i++) open_pair(i);
}

// Whether the kernel must refuse the control bytes; notes what they carry.
static int read_sent(size_t size) {
  sent_count = has_credentials = 0;
  for (size_t at = 0; size - at >= sizeof(struct cmsghdr);) {
    struct cmsghdr *cmsg = (struct cmsghdr *)(control + at);
    if (cmsg->cmsg_len < sizeof *cmsg || cmsg->cmsg_len > size - at) return 1;
    size_t bytes = cmsg->cmsg_len - sizeof *cmsg;
    if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
      int count = bytes / sizeof(int), *fds = (int *)CMSG_DATA(cmsg);
      if (sent_count + count > MAX_FD) return 1;
      for (int i = 0; i < count; i++) {
        if (fds[i] < 0 || fds[i] >= NUMBERS || !is_open[fds[i]]) return 1;
        sent_fds[sent_count++] = fds[i];
      }
    } else if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_CREDENTIALS) {
      if (bytes != sizeof own) return 1;
      memcpy(&sent_credentials, CMSG_DATA(cmsg), sizeof own);
      has_credentials = 1;
    } else if (cmsg->cmsg_level == SOL_SOCKET) {
      return 1;
    }
    size_t step = CMSG_ALIGN(cmsg->cmsg_len);
    if (step >= size - at) break;
    at += step;
  }
  return 0;
}

static void check_untouched(size_t from, size_t to) {
  while (from < to && (from & 7)) if (received[from++] != CANARY) wrong("written behind");
  for (; from + 8 <= to; from += 8)
    if (*(uint64_t *)(received + from) != 0xaaaaaaaaaaaaaaaa) wrong("written behind");
  while (from < to) if (received[from++] != CANARY) wrong("written behind");
}

static void read_received(size_t size) {
  got_count = 0;
  came_credentials = -1;
  size_t at = 0;
  while (size - at >= sizeof(struct cmsghdr)) {
    struct cmsghdr *cmsg = (struct cmsghdr *)(received + at);
    if (cmsg->cmsg_len < sizeof *cmsg || cmsg->cmsg_len > size - at) wrong("malformed");
    size_t bytes = cmsg->cmsg_len - sizeof *cmsg;
    if (cmsg->cmsg_level != SOL_SOCKET) wrong("unasked");
    if (cmsg->cmsg_type == SCM_RIGHTS) {
      memcpy(got + got_count, CMSG_DATA(cmsg), bytes);
      got_count += bytes / sizeof(int);
    } else if (cmsg->cmsg_type == SCM_CREDENTIALS) {
      memcpy(&got_credentials, CMSG_DATA(cmsg), bytes);
      came_credentials = bytes;
    } else {
      wrong("unasked");
    }
    size_t step = CMSG_ALIGN(cmsg->cmsg_len), left = size - at;
    check_untouched(at + cmsg->cmsg_len, at + (step < left ? step : left));
    at += step < left ? step : left;
  }
  if (at < size) wrong("trailing");
}

static void close_got(void) {
  int consecutive = by_range && got_count > 1;
  for (int i = 1; i < got_count && consecutive; i++) consecutive = got[i] == got[i - 1] + 1;
#ifdef SYS_close_range
  if (consecutive && syscall(SYS_close_range, got[0], got[got_count - 1], 0) == 0) return;
#endif
  for (int i = 0; i < got_count; i++) close(got[i]);
}

static void receive(int pair, int cloexec, size_t room, unsigned pick) {
  struct iovec data = {.iov_base = data_in, .iov_len = 1};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = received, .msg_controllen = room};
  data_in[0] = ~data_out[0];
  if (recvmsg(pairs[pair][1], &header, MSG_DONTWAIT | (cloexec ? MSG_CMSG_CLOEXEC : 0)) != 1) fail("recvmsg");
  if (header.msg_controllen > room) wrong("controllen");
  read_received(header.msg_controllen);
  check_untouched(header.msg_controllen, room + GUARD);
  if (data_in[0] != data_out[0]) wrong("data");
  int asks = pair >= 3;
  if (came_credentials >= 0 && !asks) wrong("credentials unasked");
  int missing = got_count < sent_count || (asks && came_credentials < (int)sizeof own);
  if (!!(header.msg_flags & MSG_CTRUNC) != missing) wrong("MSG_CTRUNC");
  if (came_credentials == sizeof own) {
    struct ucred *expected = has_credentials ? &sent_credentials : &own;
    if (memcmp(&got_credentials, expected, sizeof own) != 0) wrong("credentials");
  }
  for (int i = 0; i < got_count; i++) {
    struct stat now;
    if (fstat(got[i], &now) != 0 || now.st_dev != identity[sent_fds[i]].st_dev ||
        now.st_ino != identity[sent_fds[i]].st_ino)
      wrong("another file");
  }
  if (got_count > 0) {
    int flags = fcntl(got[pick % got_count], F_GETFD);
    if (!!(flags & FD_CLOEXEC) != cloexec) wrong("FD_CLOEXEC");
  }
  close_got();
  memset(received, CANARY, header.msg_controllen);
}

static void batch(long n) {
  static long count;
  while (n--) {
    if (next_case == end_of_cases) next_case = cases;
    uint32_t pair = next_case[0], cloexec = next_case[1], room = next_case[2], size = next_case[3];
    memcpy(control, next_case + 4, size);
    next_case += 4 + (size + 7) / 8 * 2;
    int refuses = read_sent(size);
    struct iovec data = {.iov_base = data_out, .iov_len = 1};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = size};
    data_out[0] = count;
    if (sendmsg(pairs[pair][0], &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
      if (errno != EINVAL && errno != EBADF && errno != ESRCH && errno != EPERM) fail("sendmsg");
    } else {
      if (refuses) wrong("taken, but must be refused");
      receive(pair, cloexec, room, count);
    }
    if (++count % RENEWED == 0) renew();
  }
}

static void load(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) fail(path);
  uint32_t *words = malloc(info.st_size + 64);
  for (off_t at = 0; at < info.st_size;) {
    ssize_t got_bytes = read(fd, (char *)words + at, info.st_size - at);
    if (got_bytes <= 0) fail(path);
    at += got_bytes;
  }
  close(fd);
  end_of_cases = words + info.st_size / 4;
  files = *words++;
  for (int i = 0; i < files; i++) {
    // Out of the way of the numbers that are still to be made.
    int made = memfd_create("bench", MFD_CLOEXEC);
    file[i] = *words++;
    if (made < 0 || fcntl(made, F_DUPFD_CLOEXEC, 600 + i) != 600 + i) fail("memfd_create");
    close(made);
  }
  for (int i = 0; i < files; i++) {
    if (dup3(600 + i, file[i], O_CLOEXEC) < 0) fail("dup3");
    close(600 + i);
  }
  uint32_t pid = words[0];
  own = (struct ucred){getpid(), getuid(), getgid()};
  cases = next_case = words + 3;
  // The pid of the recorded run becomes this one's.
  for (uint32_t *at = cases; at < end_of_cases; at += 4 + (at[3] + 7) / 8 * 2)
    for (uint32_t i = 0; i + 12 <= at[3]; i += 4)
      if (at[4 + i / 4] == pid && i >= 16 && at[4 + i / 4 - 1] == SCM_CREDENTIALS) at[4 + i / 4] = own.pid;
  for (int fds = 0; fds < NUMBERS; fds++) is_open[fds] = fstat(fds, &identity[fds]) == 0;
}

int main(int argc, char **argv) {
  char path[4096];
  snprintf(path, sizeof path, "%s/fuzz-kernel.stream", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
  load(path);
  by_range = argc > 1 && strcmp(argv[1], "range") == 0;
  memset(received, CANARY, sizeof received);
  for (int i = 0; i < PAIRS; i++) open_pair(i);
  serve(batch);
}
