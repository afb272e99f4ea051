/* Waking a transport from another thread. The eventfd is written by whoever holds a waker and never read. */
#include "binding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct waker {
  int fd;
};

/* (signal: Int32Array): answers the descriptor to write to; the wakes of one transport are numbered 0, 1, 2 … */
napi_value create_wake(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct transport *t = call.t;
  if (t->destroyed) return number(env, -ECANCELED);
  struct wake wake = {.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  if (wake.fd < 0) return number(env, -errno);
  struct wake *bigger = realloc(t->wakes, (size_t)(t->wake_count + 1) * sizeof *bigger);
  if (bigger != NULL) t->wakes = bigger;
  /* Edge-triggered: each write is one event and nobody has to read the counter back to zero. */
  struct epoll_event event = {.events = EPOLLIN | EPOLLET,
                              .data.u64 = token_of(TOKEN_WAKE, 0, (uint32_t)t->wake_count)};
  void *signal = NULL;
  if (bigger == NULL || napi_create_reference(env, call.arguments[0], 1, &wake.signal_reference) != napi_ok ||
      napi_get_typedarray_info(env, call.arguments[0], NULL, NULL, &signal, NULL, NULL) != napi_ok ||
      epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, wake.fd, &event) != 0) {
    close(wake.fd);
    return number(env, -ENOMEM);
  }
  wake.signal = signal;
  t->wakes[t->wake_count++] = wake;
  return number(env, wake.fd);
}

static void free_waker(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct waker *waker = data;
  if (waker->fd >= 0) close(waker->fd);
  free(waker);
}

/* (descriptor): a handle with a descriptor of its own, so it stays harmless when the woken thread is gone. */
napi_value open_waker(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct waker *waker = malloc(sizeof *waker);
  if (waker == NULL) return NULL;
  waker->fd = fcntl(integer_of(env, call.arguments[0]), F_DUPFD_CLOEXEC, 3);
  napi_value result = NULL;
  if (napi_create_external(env, waker, free_waker, NULL, &result) != napi_ok) free_waker(env, waker, NULL);
  return result;
}

static struct waker *waker_of(napi_env env, napi_callback_info info) {
  void *waker = NULL;
  struct call call = read_call(env, info);
  return napi_get_value_external(env, call.arguments[0], &waker) == napi_ok ? waker : NULL;
}

napi_value wake(napi_env env, napi_callback_info info) {
  struct waker *waker = waker_of(env, info);
  uint64_t one = 1;
  if (waker == NULL || waker->fd < 0) return NULL;
  ssize_t ignored = write(waker->fd, &one, sizeof one);
  (void)ignored;
  return NULL;
}

napi_value close_waker(napi_env env, napi_callback_info info) {
  struct waker *waker = waker_of(env, info);
  if (waker == NULL || waker->fd < 0) return NULL;
  close(waker->fd);
  waker->fd = -1;
  return NULL;
}
