import { Failure, failureCatalogue } from '../../../kernel/failure.js';
import { importFailure } from '../../../platform/import-policy/import-failure.js';
import { uploadNotExpected, uploadRefused, uploadUnavailable } from '../domain/disk-failures.js';
import type { UploadAnswer } from './upload-proxy.js';

/** CDI says only in prose what was wrong with an image. Throws unless it took it. */
export function refuseUnlessTaken({ status, text }: UploadAnswer): void {
  if (status >= 200 && status < 300) return;
  if (status === 503) throw uploadNotExpected(`CDI does not take the content now: ${oneLine(text)}`);
  if (status === 401 || status === 403) throw uploadRefused('CDI does not accept the right to this upload.');
  if (status === 502 || status === 504) throw uploadUnavailable();
  const running = { status: 'False', reason: 'Error', message: text };
  const found = importFailure({ phase: 'Failed', progress: null, restarts: 0, running }, 0, 1);
  const definition = failureCatalogue().find(({ code }) => code === found?.code);
  if (!found || !definition || found.code === 'import.failed') throw uploadRefused(oneLine(text));
  const hint = found.code === 'import.too_large' ? 'Make a larger disk.' : (found.hint ?? undefined);
  throw new Failure(definition, found.message, { hint });
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 500);
