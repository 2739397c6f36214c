import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { UPLOAD_DISK_KIND } from '../../src/features/disks/operation-kinds.js';
import { CREATE_IMAGE_KIND } from '../../src/features/images/operation-kinds.js';
import {
  accepted,
  assertHolds,
  type Bench,
  cancel,
  done,
  get,
  IMAGE,
  type Subject,
  WORK_OF_MACHINES,
} from './killed-work.js';
import { type Json, until } from './virtgate.js';

/** An image that is shared with the tenant: imported, then copied to where the shared ones are. */
const importImage: Subject = {
  kind: CREATE_IMAGE_KIND,
  // `copy` is not held: what `publish` asked for may be there before anybody looks, and the step is skipped then.
  steps: ['check-source', 'create-image', 'import', 'publish', 'clean-up'],
  waits: ['import'],
  givenUpIn: 'import',
  giveUp: cancel,
  async begin(bench, name, step) {
    const slow = ['import', 'clean-up'].includes(step);
    const source = { url: `${bench.origin}/${slow ? 'slow' : 'image'}.img` };
    const operation = await accepted(bench, '/images', { name, source, size: '32Mi', visibility: 'tenant' });
    const check = async () => {
      const { state, visibility } = await get(bench, `/images/${name}`);
      if (state !== 'Ready' || visibility !== 'tenant') throw new Error(`${name} is ${state}, ${visibility}`);
    };
    return { operation, name, check };
  },
};

/** What has come is kept, and whoever sends the rest needs to know no more than the answers say: nothing may be lost. */
const uploadInParts: Subject = {
  kind: UPLOAD_DISK_KIND,
  // CDI has taken all of it when the gateway says that it was received.
  steps: ['receive', 'clean-up'],
  waits: ['receive'],
  givenUpIn: 'receive',
  giveUp: cancel,
  async prepare(bench, name) {
    await done(bench, await accepted(bench, '/disks', { name, source: { upload: {} }, size: '32Mi' }));
  },
  async begin(bench, name, step) {
    const content = IMAGE;
    const half = Math.floor(content.length / 2);
    const first = await sendPart(bench, name, content, 0, half).answer;
    if (first.status !== 308) throw new Error(`first part: ${first.status} ${JSON.stringify(first.body)}`);
    const { operation } = first.body;
    // In the middle of a part.
    const second = sendPart(bench, name, content, half, content.length, true);
    const goOn = async () => {
      second.sent.destroy();
      await sendTheRest(bench, name, content, operation);
    };
    const check = async () => assertHolds(bench, await get(bench, `/disks/${name}`));
    return { operation, name, ...(step !== 'clean-up' && { goOn }), check };
  },
};

interface PartAnswer {
  status: number;
  body: Json;
}

/** A part from `first` to before `end`. Of one that is `cut`, the caller has sent half so far. */
function sendPart(
  { virtgate }: Bench,
  disk: string,
  content: Buffer,
  first: number,
  end: number,
  cut = false,
): { sent: ClientRequest; answer: Promise<PartAnswer> } {
  const isQuestion = first === end;
  const range = isQuestion ? '*' : `${first}-${end - 1}`;
  const sent = request(`${virtgate.url}/api/v1/projects/demo/disks/${disk}/content`, {
    method: 'PUT',
    agent: false,
    headers: {
      authorization: `Bearer ${virtgate.token}`,
      'content-type': 'application/octet-stream',
      'content-length': end - first,
      'content-range': `bytes ${range}/${content.length}`,
    },
  });
  const answer = new Promise<PartAnswer>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: text ? JSON.parse(text) : null });
      });
    });
  });
  answer.catch(() => {});
  if (cut) sent.write(content.subarray(first, first + (end - first) / 2));
  else sent.end(content.subarray(first, end));
  return { sent, answer };
}

/** As a client does that knows nothing but what it is told: asks how far it is, and sends what is missing. */
async function sendTheRest(bench: Bench, disk: string, content: Buffer, operation: string): Promise<void> {
  let last = '';
  const send = async (first: number, end: number) => {
    const answer = await sendPart(bench, disk, content, first, end).answer.catch(() => null);
    last = JSON.stringify(answer);
    return answer;
  };
  await until(
    `the upload to ${disk} is settled`,
    async () => {
      const { rows } = await bench.holds.query('SELECT finished_at FROM operation WHERE id = $1', [
        operation,
      ]);
      if (rows[0]?.finished_at) return true;
      const asked = await send(content.length, content.length);
      if (asked?.status === 308 && asked.body.received < content.length)
        await send(asked.body.received, content.length);
      return false;
    },
    120_000,
    () => last,
  );
}

export const SUBJECTS: readonly Subject[] = [...WORK_OF_MACHINES, importImage, uploadInParts];
