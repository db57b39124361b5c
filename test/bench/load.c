// Asks over UDP at a steady rate, whatever comes back, and says how long the answers took from the moment that each query was
// due (so that a server that stalls is charged for all that had to wait).
// cc -O2 -o load load.c && ./load PORT QUERIES_PER_SECOND SECONDS FILE
// FILE holds queries as DNS over TCP does, each behind its length in two octets. Writes "sent answered p50 p90 p99 max", in µs.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SOCKETS = 16, BATCH = 64, QUERIES_MAX = 1 << 16, OCTETS = 512, IDS = 1 << 16, GRACE_NS = 200000000 };

static uint8_t queries[QUERIES_MAX][OCTETS];
static int lengths[QUERIES_MAX], count;
static int sockets[SOCKETS];
// When each query was due, by the id it bears; 0 once it is answered.
static int64_t due_ns[IDS];
static uint32_t *took_us;
static size_t answered;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void read_queries(FILE *file) {
  uint8_t head[2];
  while (file && count < QUERIES_MAX && fread(head, 1, 2, file) == 2) {
    lengths[count] = head[0] << 8 | head[1];
    if (lengths[count] > OCTETS || fread(queries[count], 1, lengths[count], file) != (size_t)lengths[count]) exit(1);
    count++;
  }
  if (count == 0) exit(1);
}

static void open_sockets(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
  int octets = 4 << 20;
  for (int i = 0; i < SOCKETS; i++) {
    sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    if (connect(sockets[i], (struct sockaddr *)&at, sizeof at) != 0) exit(1);
  }
}

static void ask(uint64_t number, int64_t at_ns) {
  uint8_t *query = queries[number % count];
  uint16_t id = number;
  query[0] = id >> 8;
  query[1] = id;
  due_ns[id] = at_ns;
  send(sockets[number % SOCKETS], query, lengths[number % count], 0);
}

static void receive(int fd) {
  static uint8_t data[BATCH][4096];
  static struct iovec vectors[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){data[i], sizeof data[i]};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  int received = recvmmsg(fd, messages, BATCH, 0, 0);
  int64_t now = now_ns();
  for (int i = 0; i < received; i++) {
    uint16_t id = data[i][0] << 8 | data[i][1];
    if (due_ns[id] == 0) continue;
    took_us[answered++] = (now - due_ns[id]) / 1000;
    due_ns[id] = 0;
  }
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  double per_second = atof(argv[2]), seconds = atof(argv[3]);
  uint64_t wanted = per_second * seconds, sent = 0;
  took_us = malloc((wanted + 1) * sizeof *took_us);
  read_queries(fopen(argv[4], "r"));
  open_sockets(atoi(argv[1]));
  int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9) + GRACE_NS;
  for (int64_t now = start; now < end && (sent < wanted || answered < sent); now = now_ns()) {
    for (int64_t at; sent < wanted && (at = start + (int64_t)(sent * 1e9 / per_second)) <= now; sent++) ask(sent, at);
    for (int i = 0; i < SOCKETS; i++) receive(sockets[i]);
  }
  qsort(took_us, answered, sizeof *took_us, ascending);
  double shares[] = {0.5, 0.9, 0.99, 1};
  printf("%lu %lu", (unsigned long)sent, (unsigned long)answered);
  for (int i = 0; answered > 0 && i < 4; i++) printf(" %u", took_us[(size_t)((answered - 1) * shares[i])]);
  printf("\n");
}
