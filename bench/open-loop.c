/*
 * Sends commands at a fixed mean rate whatever the answers do, and measures each from the moment at which it was meant
 * to be sent, so that a server that stands still is charged for every command that came due meanwhile (no coordinated
 * omission). The gaps are exponential and come from a fixed seed: every subject gets the same schedule.
 *
 * open-loop PORT CONNECTIONS RATE WARMUP_SECONDS SECONDS VALUE_BYTES KEYS READ_PERCENT
 * Writes one line of JSON; times are microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define OUTSTANDING 8192u /* of one connection; a power of two */
#define DRAIN_NS 5000000000ull
#define NS 1e9

typedef struct {
  int fd;
  uint64_t due[OUTSTANDING];
  uint32_t head, tail;
  char *out;
  size_t outLength, outCapacity;
  /* Of the reply being read: bytes of a bulk left, or a line so far. */
  uint64_t bulkLeft;
  char line[64];
  uint32_t lineLength;
} Connection;

static Connection *connections;
static uint32_t *latencies;
static uint64_t recorded, capacity, errors, recordFrom, answered;
static uint64_t randomState = 88172645463325252ull;

static void fail(const char *what) {
  fprintf(stderr, "open-loop: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static uint64_t nextRandom(void) {
  randomState ^= randomState << 13;
  randomState ^= randomState >> 7;
  randomState ^= randomState << 17;
  return randomState;
}

static int openConnection(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void append(Connection *connection, const char *bytes, size_t length) {
  if (connection->outLength + length > connection->outCapacity) {
    connection->outCapacity = 2 * (connection->outLength + length);
    connection->out = realloc(connection->out, connection->outCapacity);
    if (!connection->out) fail("realloc");
  }
  memcpy(connection->out + connection->outLength, bytes, length);
  connection->outLength += length;
}

static void flush(Connection *connection) {
  while (connection->outLength > 0) {
    ssize_t sent = send(connection->fd, connection->out, connection->outLength, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      fail("send");
    }
    connection->outLength -= (size_t)sent;
    memmove(connection->out, connection->out + sent, connection->outLength);
  }
}

static void request(Connection *connection, uint64_t due, uint64_t keys, int isRead, const char *value, size_t length) {
  char text[160];
  int size;
  if (connection->tail - connection->head == OUTSTANDING) {
    fprintf(stderr, "open-loop: more than %u commands wait on one connection\n", OUTSTANDING);
    exit(3);
  }
  connection->due[connection->tail++ & (OUTSTANDING - 1)] = due;
  unsigned long long key = nextRandom() % keys;
  if (isRead) {
    size = snprintf(text, sizeof text, "*2\r\n$3\r\nGET\r\n$16\r\nopen%012llu\r\n", key);
    append(connection, text, (size_t)size);
    return;
  }
  size = snprintf(text, sizeof text, "*3\r\n$3\r\nSET\r\n$16\r\nopen%012llu\r\n$%zu\r\n", key, length);
  append(connection, text, (size_t)size);
  append(connection, value, length);
  append(connection, "\r\n", 2);
}

static void complete(Connection *connection, uint64_t at) {
  uint64_t due = connection->due[connection->head++ & (OUTSTANDING - 1)];
  answered++;
  if (due < recordFrom || recorded == capacity) return;
  uint64_t taken = at > due ? at - due : 0;
  latencies[recorded++] = taken > UINT32_MAX ? UINT32_MAX : (uint32_t)taken;
}

/* Simple strings, errors, integers and bulk strings: all that GET and SET answer. */
static void readReplies(Connection *connection, const char *bytes, size_t length, uint64_t at) {
  size_t index = 0;
  while (index < length) {
    if (connection->bulkLeft > 0) {
      size_t part = length - index < connection->bulkLeft ? length - index : connection->bulkLeft;
      connection->bulkLeft -= part;
      index += part;
      if (connection->bulkLeft == 0) complete(connection, at);
      continue;
    }
    char byte = bytes[index++];
    if (byte != '\n') {
      if (connection->lineLength < sizeof connection->line - 1) connection->line[connection->lineLength++] = byte;
      continue;
    }
    connection->line[connection->lineLength] = 0;
    connection->lineLength = 0;
    if (connection->line[0] == '-') errors++;
    long size = connection->line[0] == '$' ? strtol(connection->line + 1, NULL, 10) : -1;
    if (size >= 0) connection->bulkLeft = (uint64_t)size + 2;
    else complete(connection, at);
  }
}

static int ascending(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static double share(double part) {
  if (recorded == 0) return 0;
  uint64_t index = (uint64_t)((double)recorded * part);
  return latencies[index < recorded ? index : recorded - 1] / 1e3;
}

static void setTimer(int timer, uint64_t at) {
  struct itimerspec when = {0};
  when.it_value.tv_sec = (time_t)(at / 1000000000ull);
  when.it_value.tv_nsec = (long)(at % 1000000000ull);
  if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL) != 0) fail("timerfd_settime");
}

static void receive(Connection *connection) {
  static char bytes[1 << 18];
  ssize_t length = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (length == 0) fail("the server has closed a connection");
  if (length < 0 && errno != EAGAIN && errno != EINTR) fail("recv");
  if (length > 0) readReplies(connection, bytes, (size_t)length, now());
}

static void report(uint64_t sent) {
  qsort(latencies, recorded, sizeof *latencies, ascending);
  printf("{\"sent\":%llu,\"lost\":%llu,\"errors\":%llu,\"recorded\":%llu,", (unsigned long long)sent,
         (unsigned long long)(sent - answered), (unsigned long long)errors, (unsigned long long)recorded);
  printf("\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"p9999\":%.1f,\"max\":%.1f}\n", share(0.5), share(0.99),
         share(0.999), share(0.9999), share(1));
}

int main(int count, char **arguments) {
  if (count != 9) return 2;
  int many = atoi(arguments[2]);
  double gap = NS / atof(arguments[3]), warmup = atof(arguments[4]), seconds = atof(arguments[5]);
  size_t length = (size_t)atol(arguments[6]);
  uint64_t keys = (uint64_t)atoll(arguments[7]), reads = (uint64_t)atoll(arguments[8]);
  char *value = malloc(length + 1);
  connections = calloc((size_t)many, sizeof *connections);
  capacity = (uint64_t)(seconds * NS / gap * 1.2) + 1000;
  latencies = malloc(capacity * sizeof *latencies);
  if (!value || !connections || !latencies) fail("malloc");
  memset(value, 'v', length);
  prctl(PR_SET_TIMERSLACK, 1);
  int set = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.u32 = UINT32_MAX}}, ready[256];
  epoll_ctl(set, EPOLL_CTL_ADD, timer, &event);
  for (int index = 0; index < many; index++) {
    event = (struct epoll_event){.events = EPOLLIN, .data = {.u32 = (uint32_t)index}};
    connections[index].fd = openConnection(atoi(arguments[1]));
    epoll_ctl(set, EPOLL_CTL_ADD, connections[index].fd, &event);
  }
  uint64_t start = now(), sent = 0, at = start;
  recordFrom = start + (uint64_t)(warmup * NS);
  uint64_t end = recordFrom + (uint64_t)(seconds * NS);
  double due = (double)start;
  while (at < end + DRAIN_NS && (due < (double)end || answered < sent)) {
    at = now();
    for (; due <= (double)at && due < (double)end; sent++) {
      Connection *connection = &connections[nextRandom() % (uint64_t)many];
      request(connection, (uint64_t)due, keys, nextRandom() % 100 < reads, value, length);
      flush(connection);
      due -= gap * log((double)(nextRandom() >> 11) / 9007199254740992.0 + 1e-18);
    }
    setTimer(timer, due < (double)end ? (uint64_t)due : at + 1000000);
    int found = epoll_wait(set, ready, 256, 100);
    for (int index = 0; index < found; index++) {
      if (ready[index].data.u32 != UINT32_MAX) receive(&connections[ready[index].data.u32]);
    }
    for (int index = 0; index < many; index++) {
      if (connections[index].outLength > 0) flush(&connections[index]);
    }
  }
  report(sent);
  return 0;
}
