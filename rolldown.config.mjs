/**
 * Bundles src/ into dist/: two entries, for the main thread and for workers, and the chunks they share. Reading and
 * linking 500 modules in every thread was half of the time until the gateway is ready. Types are checked apart.
 */
export default {
  input: { main: 'src/main.ts', 'gateway/worker': 'src/gateway/worker.ts' },
  platform: 'node',
  /** What npm installs stays where it is. */
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    // Beside worker.js, which the supervisor starts as its neighbour, in src/ as well as here.
    chunkFileNames: 'gateway/[name].js',
    minify: false,
  },
};
