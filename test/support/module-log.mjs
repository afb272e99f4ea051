// Writes down which modules a process loads, one URL a line, in the file that MODULE_LOG names. For NODE_OPTIONS.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';

const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    appendFileSync(process.env.MODULE_LOG, resolved.url + '\\n');
    return resolved;
  }`;

appendFileSync(process.env.MODULE_LOG, '');
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
