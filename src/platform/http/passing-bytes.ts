import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that may pass before the memory they came in is given back. */
const COLLECT_EVERY = 16 * 1024 * 1024;

type Collect = (options: { type: 'minor' }) => void;
let collect: Collect | null = null;
let passed = 0;

/**
 * Told of bytes that go through this process and are needed no more. To V8 a piece of 64 KiB is a small object whose
 * bytes are outside of its heap: so the young generation fills slowly, and is not looked at before 64 MiB are outside;
 * and then V8 marks the whole heap, the copy of the cluster in it. To look at the young generation alone gives the
 * same bytes back in a small part of the time (`npm run bench` shows memory and CPU of an upload).
 */
export function bytesPassed(count: number): void {
  passed += count;
  if (passed < COLLECT_EVERY) return;
  passed = 0;
  collect ??= exposedCollector();
  collect({ type: 'minor' });
}

/** V8 shows its collector to contexts that are made while the flag is set. */
function exposedCollector(): Collect {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as Collect;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
