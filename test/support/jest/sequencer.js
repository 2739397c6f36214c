import { relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** Specs that take longer than most, and about how many seconds on two cores. */
const LONG = {
  'test/e2e/kills.spec.ts': 280,
  'test/e2e/data-story.spec.ts': 160,
  'src/features/operations/killed-worker.spec.ts': 135,
  'src/sandbox/nodes/qemu/qemu-driver.spec.ts': 120,
  'test/e2e/restarts.spec.ts': 90,
  'test/e2e/guest-channels.spec.ts': 75,
  'test/e2e/console-page.spec.ts': 70,
  'test/e2e/uploads.spec.ts': 65,
  'test/e2e/guest-agent.spec.ts': 65,
  'src/sandbox/sandbox-qemu.spec.ts': 60,
  'src/platform/queue/queue.spec.ts': 60,
  'src/sandbox/sandbox-protection-crash.spec.ts': 55,
  'src/features/operations/operations.spec.ts': 55,
};

/** By default a fresh clone runs by file size, and one worker is left alone at the end with a long spec. */
export default class LongFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const seconds = ({ path, context }) => {
      const file = relative(context.config.rootDir, path);
      return LONG[file] ?? (file.startsWith('test/e2e/') ? 30 : file.startsWith('test/') ? 10 : 1);
    };
    return sorted.sort((one, other) => seconds(other) - seconds(one));
  }
}
