/* Reading arguments and answering numbers: shared by the files JavaScript calls into. */
#ifndef LOCKSTEP_BINDING_H
#define LOCKSTEP_BINDING_H

#include "transport.h"

#define TEXT_BYTES 1024

struct call {
  napi_value arguments[8];
  struct transport *t;
};

static inline struct call read_call(napi_env env, napi_callback_info info) {
  struct call call = {0};
  size_t count = 8;
  void *data = NULL;
  napi_get_cb_info(env, info, &count, call.arguments, NULL, &data);
  call.t = data;
  return call;
}

static inline napi_value number(napi_env env, int value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static inline int integer_of(napi_env env, napi_value value) {
  int32_t result = 0;
  napi_get_value_int32(env, value, &result);
  return result;
}

static inline bool flag_of(napi_env env, napi_value value) {
  bool result = false;
  napi_get_value_bool(env, value, &result);
  return result;
}

static inline void text_of(napi_env env, napi_value value, char out[TEXT_BYTES]) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, out, TEXT_BYTES, &length) != napi_ok) out[0] = 0;
}

/* wakes.c */
napi_value create_wake(napi_env env, napi_callback_info info);
napi_value open_waker(napi_env env, napi_callback_info info);
napi_value wake(napi_env env, napi_callback_info info);
napi_value close_waker(napi_env env, napi_callback_info info);

/* channels.c */
napi_value connect_channel(napi_env env, napi_callback_info info);
napi_value listen_channel(napi_env env, napi_callback_info info);
napi_value open_channel(napi_env env, napi_callback_info info);
napi_value send_message(napi_env env, napi_callback_info info);
napi_value watch_writable(napi_env env, napi_callback_info info);
napi_value close_channel(napi_env env, napi_callback_info info);
napi_value duplicate(napi_env env, napi_callback_info info);
napi_value detach_socket(napi_env env, napi_callback_info info);
napi_value adopt_socket(napi_env env, napi_callback_info info);

#endif
