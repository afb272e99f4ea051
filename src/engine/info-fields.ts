/**
 * Fields of INFO that are the same on every engine, because it has no such thing: replication, an append-only file,
 * a child process, defragmentation. Data: where they stand among the others is `information.ts`' affair.
 */

/** `name:value`, and after a blank the levels that have it, by letter: see `LEVEL_LETTERS`; absent: all. */
export const NO_REPLICATION_FIELDS = [
  'role:master',
  'connected_slaves:0',
  'replicas_waiting_psync:0 89',
  'master_failover_state:no-failover',
  'master_replid:REPLID',
  'master_replid2:0000000000000000000000000000000000000000',
  'master_repl_offset:0',
  'second_repl_offset:-1',
  'repl_backlog_active:0',
  'repl_backlog_size:1048576 07R8',
  'repl_backlog_size:10485760 9',
  'repl_backlog_first_byte_offset:0',
  'repl_backlog_histlen:0',
];

export const PERSISTENCE_FIELDS = [
  ...['loading:0', 'async_loading:0', 'current_cow_peak:0', 'current_cow_size:0', 'current_cow_size_age:0'],
  ...['current_fork_perc:0.00', 'current_save_keys_processed:KEYS', 'current_save_keys_total:KEYSTOTAL'],
  ...['rdb_changes_since_last_save:DIRTY', 'rdb_bgsave_in_progress:SAVING', 'rdb_last_save_time:SAVED'],
  ...['rdb_last_bgsave_status:STATUS', 'rdb_last_bgsave_time_sec:LASTSEC'],
  ...['rdb_current_bgsave_time_sec:CURRENTSEC', 'rdb_saves:SAVES', 'rdb_last_cow_size:0'],
  ...['rdb_last_load_keys_expired:LOADEXPIRED', 'rdb_last_load_keys_loaded:LOADED'],
  ...['aof_enabled:0', 'aof_rewrite_in_progress:0', 'aof_rewrite_scheduled:0'],
  ...['aof_last_rewrite_time_sec:-1', 'aof_current_rewrite_time_sec:-1', 'aof_last_bgrewrite_status:ok'],
  ...['aof_rewrites:0', 'aof_rewrites_consecutive_failures:0', 'aof_last_write_status:ok'],
  ...['aof_last_cow_size:0', 'module_fork_in_progress:0', 'module_fork_last_cow_size:0'],
  'slot_migration_fork_in_progress:0 9',
];

export const STATS_AFTER_EXPIRY_FIELDS = [
  ...['expired_stale_perc:0.00', 'expired_keys_with_volatile_items_stale_perc:0.00 9'],
  ...['expired_time_cap_reached_count:0', 'expire_cycle_cpu_milliseconds:0', 'evicted_keys:EVICTED'],
  ...['evicted_clients:EVICTEDCLIENTS', 'evicted_scripts:0 R89', 'total_eviction_exceeded_time:OVERMS'],
  ...['current_eviction_exceeded_time:NOWOVERMS', 'keyspace_hits:HITS', 'keyspace_misses:MISSES'],
  ...['pubsub_channels:CHANNELS', 'pubsub_patterns:PATTERNS', 'pubsubshard_channels:SHARDCHANNELS'],
  ...['latest_fork_usec:0', 'total_forks:0', 'migrate_cached_sockets:0', 'slave_expires_tracked_keys:0'],
  ...['active_defrag_hits:0', 'active_defrag_misses:0', 'active_defrag_key_hits:0'],
  ...['active_defrag_key_misses:0', 'total_active_defrag_time:0', 'current_active_defrag_time:0'],
  ...['tracking_total_keys:TRACKEDKEYS', 'tracking_total_items:TRACKEDKEYS'],
  ...['tracking_total_prefixes:PREFIXES', 'unexpected_error_replies:0', 'total_error_replies:ERRORS'],
  ...['dump_payload_sanitizations:0', 'total_reads_processed:READS', 'total_writes_processed:WRITES'],
  ...['io_threaded_reads_processed:0', 'io_threaded_writes_processed:0'],
  ...[
    'io_threaded_freed_objects:0 89',
    'io_threaded_accept_processed:0 9',
    'io_threaded_poll_processed:0 89',
  ],
  ...['io_threaded_total_prefetch_batches:0 89', 'io_threaded_total_prefetch_entries:0 89'],
  'client_query_buffer_limit_disconnections:LONGCOMMANDS R89',
  'client_output_buffer_limit_disconnections:SLOWCLIENTS R89',
  ...['reply_buffer_shrinks:0', 'reply_buffer_expands:0'],
  ...['acl_access_denied_auth:DENIEDLOGINS 7R89', 'acl_access_denied_cmd:DENIEDCOMMANDS 7R89'],
  ...['acl_access_denied_key:DENIEDKEYS 7R89', 'acl_access_denied_channel:DENIEDCHANNELS 7R89'],
  ...['acl_access_denied_tls_cert:0 9', 'acl_access_denied_db:DENIEDDATABASES 9'],
];

export const STATS_FIELDS = [
  ...['total_connections_received:CONNECTIONS', 'total_commands_processed:COMMANDS'],
  ...['instantaneous_ops_per_sec:OPS', 'total_net_input_bytes:BYTESIN', 'total_net_output_bytes:BYTESOUT'],
  ...['total_net_repl_input_bytes:0', 'total_net_repl_output_bytes:0'],
  ...['total_net_cluster_slot_import_bytes:0 9', 'total_net_cluster_slot_export_bytes:0 9'],
  ...['instantaneous_input_kbps:INRATE', 'instantaneous_output_kbps:OUTRATE'],
  ...['instantaneous_input_repl_kbps:0.00', 'instantaneous_output_repl_kbps:0.00'],
  ...['rejected_connections:REJECTED', 'sync_full:0', 'sync_partial_ok:0', 'sync_partial_err:0'],
  ...['expired_subkeys:EXPIREDFIELDS R', 'expired_keys:EXPIRED', 'expired_fields:EXPIREDFIELDS 9'],
  ...STATS_AFTER_EXPIRY_FIELDS,
];

export const CLIENT_FIELDS = [
  ...['connected_clients:CLIENTS', 'cluster_connections:0', 'maxclients:MAXCLIENTS'],
  ...['client_recent_max_input_buffer:0', 'client_recent_max_output_buffer:0'],
  ...['blocked_clients:BLOCKED', 'tracking_clients:TRACKING', 'pubsub_clients:PUBSUB R89'],
  ...['watching_clients:WATCHING R89', 'clients_in_timeout_table:0'],
  ...['total_watched_keys:WATCHEDKEYS R89', 'total_blocking_keys:BLOCKINGKEYS 7R89'],
  ...[
    'total_blocking_keys_on_nokey:NOKEYS 7R89',
    'paused_reason:PAUSEREASON 9',
    'paused_actions:PAUSEACTIONS 9',
  ],
  'paused_timeout_milliseconds:PAUSEMS 9',
];

export const SERVER_FIELDS = [
  ...['redis_version:REDISVERSION', 'server_name:valkey 89', 'valkey_version:VERSION 89'],
  ...['valkey_release_stage:ga 9', 'redis_git_sha1:00000000', 'redis_git_dirty:0', 'redis_build_id:BUILD'],
  ...['redis_mode:standalone 07R', 'MODENAME:standalone 89', 'os:OS', 'arch_bits:64'],
  ...['monotonic_clock:POSIX clock_gettime', 'multiplexing_api:epoll', 'atomicvar_api:c11-builtin 07R'],
  ...['gcc_version:0.0.0', 'process_id:PID', 'process_supervised:no', 'run_id:RUNID', 'tcp_port:PORT'],
  ...['server_time_usec:NOWUS', 'uptime_in_seconds:UPTIME', 'uptime_in_days:UPDAYS', 'hz:10'],
  ...['configured_hz:10', 'clients_hz:10 9', 'lru_clock:LRU', 'executable:EXECUTABLE', 'config_file:CONFIG'],
  ...['io_threads_active:0', 'availability_zone: 89', 'listener0:LISTENER 7R89'],
];

export const MEMORY_FIELDS = [
  ...['used_memory:USED', 'used_memory_human:USEDH', 'used_memory_rss:RSS', 'used_memory_rss_human:RSSH'],
  ...['used_memory_peak:PEAK', 'used_memory_peak_human:PEAKH', 'used_memory_peak_perc:PEAKPERC'],
  ...['used_memory_overhead:OVERHEAD', 'used_memory_startup:STARTUP', 'used_memory_dataset:DATASET'],
  ...['used_memory_dataset_perc:DATASETPERC', 'allocator_allocated:USED', 'allocator_active:HELD'],
  ...['allocator_resident:HELD', 'allocator_muzzy:0 R89', 'total_system_memory:SYSTEM'],
  ...['total_system_memory_human:SYSTEMH', 'used_memory_lua:0', 'used_memory_vm_eval:0'],
  ...['used_memory_lua_human:0B', 'used_memory_scripts_eval:0', 'number_of_cached_scripts:SCRIPTS'],
  ...['number_of_functions:FUNCTIONS', 'number_of_libraries:LIBRARIES', 'used_memory_vm_functions:0'],
  ...['used_memory_vm_total:0', 'used_memory_vm_total_human:0B', 'used_memory_functions:0'],
  ...['used_memory_scripts:0', 'used_memory_scripts_human:0B', 'maxmemory:MAX', 'maxmemory_human:MAXH'],
  ...['maxmemory_policy:POLICY', 'allocator_frag_ratio:FRAG', 'allocator_frag_bytes:FRAGBYTES'],
  ...['allocator_rss_ratio:1.00', 'allocator_rss_bytes:0', 'rss_overhead_ratio:RSSRATIO'],
  ...['rss_overhead_bytes:RSSOVER', 'mem_fragmentation_ratio:MEMRATIO', 'mem_fragmentation_bytes:MEMOVER'],
  ...['mem_not_counted_for_evict:0', 'mem_replication_backlog:0', 'mem_total_replication_buffers:0'],
  ...['mem_replica_full_sync_buffer:0 R', 'mem_replicas_repl_buffer:0 9', 'mem_clients_slaves:0'],
  ...['mem_clients_normal:CLIENTBYTES', 'mem_cluster_links:0', 'mem_cluster_slot_import:0 9'],
  ...['mem_cluster_slot_export:0 9', 'mem_aof_buffer:0', 'mem_allocator:lockstep'],
  ...[
    'mem_overhead_db_hashtable_rehashing:0 R89',
    'active_defrag_running:0',
    'lazyfree_pending_objects:LAZYPENDING',
  ],
  'lazyfreed_objects:LAZYFREED',
];
