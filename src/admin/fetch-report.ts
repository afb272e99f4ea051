/** `lockstep report`: asks a running gateway for its report and gives it as a file's text. A process of its own. */
import { OperationalError } from '../base/errors.ts';
import { parseAddress } from '../config/address.ts';
import type { Config } from '../config/schema.ts';
import type { SupportReport } from './report.ts';
import { reportPage } from './report-page.ts';

export type ReportFormat = 'json' | 'html';

const TIMEOUT_MS = 30_000;
const ANYWHERE: readonly string[] = ['0.0.0.0', '::'];

/** Asks at `admin.listen`, with `admin.token`. Throws OperationalError('report_failed'). */
export async function fetchReport({ admin }: Config, format: ReportFormat): Promise<string> {
  const address = parseAddress(admin.listen);
  if (address?.kind !== 'tcp')
    throw new OperationalError('report_failed', `${admin.listen} is no TCP address`);
  // What listens everywhere listens here.
  const host = ANYWHERE.includes(address.host) ? '127.0.0.1' : address.host;
  const at = `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  const headers: Record<string, string> =
    admin.token === null ? {} : { authorization: `Bearer ${admin.token}` };
  const report = await ask(`http://${at}/api/v1/report`, at, headers);
  return format === 'html' ? reportPage(report) : `${JSON.stringify(report, null, 2)}\n`;
}

async function ask(url: string, at: string, headers: Record<string, string>): Promise<SupportReport> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    const reason = cause?.code ?? message;
    throw new OperationalError('report_failed', `no gateway answers at ${at}: ${reason}`, { cause: error });
  }
  if (response.status === 401)
    throw new OperationalError('report_failed', `the gateway at ${at} wants another admin.token`);
  if (response.status === 429)
    throw new OperationalError(
      'report_failed',
      `the gateway at ${at} answers no more requests for ${response.headers.get('retry-after')} s`,
    );
  if (!response.ok)
    throw new OperationalError('report_failed', `the gateway at ${at} answers ${response.status}`);
  return (await response.json()) as SupportReport;
}
