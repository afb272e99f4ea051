/**
 * Lets Node run the TypeScript files of tests and benchmarks directly: `node --import ./test/support/typescript.mjs
 * FILE.ts`. Types are removed one file at a time and checked by nobody here; `npm run typecheck` does that.
 */
import { register } from 'node:module';

register(new URL('./typescript-hooks.mjs', import.meta.url));
