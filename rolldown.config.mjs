/**
 * Bundles src/ into dist/: two entries, for the main thread and for workers, and the chunks they share. Reading and
 * linking 500 modules in every thread was half of the time until the gateway is ready. The page of the admin address
 * is bundled for browsers into dist/page, compressed as it is served. Types are checked apart.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Folders under node_modules whose code is part of the page. */
const pagePackages = ['preact', 'uplot'];

function licenses() {
  const texts = pagePackages.map(
    (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`,
  );
  return `The page contains code of these packages.\n\n${texts.join('\n')}`;
}

/** In place of the script itself: everything the page consists of, compressed. */
function packPage() {
  return {
    name: 'pack-page',
    generateBundle(_options, bundle) {
      const read = (file) => readFileSync(file, 'utf8');
      const files = {
        'page.js': `/*! Contains Preact and uPlot, see licenses.txt */\n${bundle['page.js'].code}`,
        'page.css': `${read('node_modules/uplot/dist/uPlot.min.css')}\n${read('src/page/page.css')}`,
        'index.html': read('src/page/index.html'),
        'icon.svg': read('src/page/icon.svg'),
        'licenses.txt': licenses(),
      };
      delete bundle['page.js'];
      for (const [name, text] of Object.entries(files)) {
        this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(text, { level: 9 }) });
      }
    },
  };
}

const gateway = {
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
    comments: false,
    // Every thread holds the text of what it runs, at two bytes a character if one of them is not Latin-1.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
  },
};

const page = {
  input: { page: 'src/page/main.tsx' },
  platform: 'browser',
  tsconfig: 'src/page/tsconfig.json',
  output: { dir: 'dist/page', format: 'esm', entryFileNames: '[name].js', minify: true },
  plugins: [packPage()],
};

export default [gateway, page];
