import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ImportError } from '../disk-images.js';
import { findOnPath } from '../qemu/qemu-tools.js';
import { createDiskImages, type DiskImagesOptions } from './create-disk-images.js';

const MiB = 1024 * 1024;
const qemuImg = findOnPath('qemu-img');
const withQemuImg = qemuImg ? it : it.skip;

/** 1 MiB: every 64th sector begins with its number, the first one has a boot signature. */
function testDisk(): Buffer {
  const disk = Buffer.alloc(MiB);
  for (let sector = 0; sector < 2048; sector += 64) {
    disk.writeUInt32LE(sector + 1, sector * 512);
  }
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/** `testDisk()` by `xz -9`. */
const xzDisk = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM7///AV5dAACAQUgAtZ/typQdGYo7qKg5c/gd4OIPfATCPGcXFi/MO7LNDmaH/lm3fdxMU/qepMCWDt/xaunZPf2FehV/zN0/L2+O6EHUz1mY9whDoRf5oCyc8XejXTjG/Y94WLWiorcYTDLgGY4lRpJ3iINoWLAILEn6qvxdfDTSmUWYqiNjfW8LLTL519oRaB6XiqkstIEFs7l3kB43Y+OCy4pPV3SlkiLQc/XrOUhoQ6/349wcMIAcWsEs+9sBk5eKa80wFDYlCeL8zo38Oc3OOn+zIeFH3oXXFv4n7xCSQw+b8h+6PchIonDgJjNNnkuLLF8htwSFUfMUyqQYoWvxYzmGCtjLU7zk8XMchvcngKcXkclDyG/Yih6znjwiF4RtobqCxx7f4gVMus39BCt0gPOptxyn2H2j+LAwAhoaInBnrZ21v82ipeMPNwDTrsPbe1scE7pgVoZz6gw0vH/BgCkoAAAAJ0bEGH7twVEAAfoCgIBAAHxfifGxxGf7AgAAAAAEWVo=',
  'base64',
);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('disk images', () => {
  const handlers = new Map<string, Handler>();
  let server: Server;
  let address: string;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtgate-images-'));
    server = createServer((request, response) => {
      const handler = handlers.get(request.url ?? '');
      if (handler) {
        handler(request, response);
      } else {
        response.writeHead(404).end('<html>no</html>');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => handlers.clear());

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  });

  function images(options: Partial<DiskImagesOptions> = {}) {
    return createDiskImages({
      directory,
      allowedHosts: [address],
      limits: { firstByteMs: 1_000, stallMs: 1_000 },
      ...options,
    });
  }

  function serve(path: string, body: Buffer, headers: Record<string, string> = {}): void {
    handlers.set(path, (_request, response) => {
      response.writeHead(200, { 'content-length': String(body.length), ...headers }).end(body);
    });
  }

  let count = 0;
  async function importFrom(path: string, sizeBytes = 2 * MiB, options: Partial<DiskImagesOptions> = {}) {
    count += 1;
    const destination = join(directory, `disk-${count}.img`);
    const progress: number[] = [];
    const url = path.startsWith('/') ? `http://${address}${path}` : path;
    const signal = new AbortController().signal;
    const onProgress = (percent: number) => progress.push(percent);
    await images(options).importFrom({ url, destination, sizeBytes: BigInt(sizeBytes), signal, onProgress });
    return { destination, progress, disk: await readFile(destination) };
  }

  async function refusalOf(work: Promise<unknown>): Promise<ImportError> {
    const error = await work.then(
      () => new Error('it was taken'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ImportError);
    const left = (await readdir(directory)).filter((name) => name.startsWith(`disk-${count}.`));
    expect(left).toEqual([]);
    return error as ImportError;
  }

  function expectDisk(disk: Buffer, size = 2 * MiB): void {
    const expected = Buffer.concat([testDisk(), Buffer.alloc(size - MiB)]);
    expect(disk.length).toBe(expected.length);
    expect(disk.equals(expected)).toBe(true);
  }

  it('takes raw bytes as they are, grows the disk and leaves holes for zeros', async () => {
    serve('/raw', testDisk());
    const { destination, disk, progress } = await importFrom('/raw', 64 * MiB);
    expectDisk(disk, 64 * MiB);
    const { blocks } = await stat(destination);
    expect(blocks * 512).toBeLessThan(MiB);
    expect(progress.at(-1)).toBe(100);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  });

  it('unwraps gz, xz, zstd and one inside the other, whatever the name says', async () => {
    serve('/disk.qcow2', gzipSync(testDisk()));
    serve('/disk.txt', xzDisk);
    serve('/disk.zst', zstdCompressSync(testDisk()));
    serve('/disk.xz', gzipSync(xzDisk));
    for (const path of ['/disk.qcow2', '/disk.txt', '/disk.zst', '/disk.xz']) {
      expectDisk((await importFrom(path)).disk);
    }
  });

  it('takes a body without a length', async () => {
    handlers.set('/chunked', (_request, response) => {
      response.write(testDisk().subarray(0, 1000));
      response.end(testDisk().subarray(1000));
    });
    expectDisk((await importFrom('/chunked')).disk);
  });

  it('pads an image that ends within a sector', async () => {
    serve('/odd', testDisk().subarray(0, MiB - 100));
    expectDisk((await importFrom('/odd')).disk);
  });

  withQemuImg.each(['qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc'])('converts %s', async (format) => {
    const raw = join(directory, 'source.raw');
    const converted = join(directory, `source.${format}`);
    await writeFile(raw, testDisk());
    const force = format === 'vpc' ? ['-o', 'force_size=on'] : [];
    execFileSync(qemuImg as string, ['convert', '-f', 'raw', '-O', format, ...force, raw, converted]);
    const bytes = await readFile(converted);
    serve('/image', bytes);
    serve('/image.gz', gzipSync(bytes));
    const { disk, progress } = await importFrom('/image');
    expectDisk(disk);
    expect(progress.at(-1)).toBe(100);
    expectDisk((await importFrom('/image.gz')).disk);
  });

  withQemuImg('refuses a qcow2 with a backing file, with a data file or larger than the disk', async () => {
    const base = join(directory, 'base.raw');
    await writeFile(base, testDisk());
    const make = async (name: string, ...args: string[]) => {
      const path = join(directory, name);
      execFileSync(qemuImg as string, [
        'create',
        '-q',
        '-f',
        'qcow2',
        ...args.slice(0, -1),
        path,
        args.at(-1) as string,
      ]);
      serve(`/${name}`, await readFile(path));
    };
    await make('backed.qcow2', '-b', base, '-F', 'raw', '1M');
    await make('pointing.qcow2', '-o', `data_file=${join(directory, 'data')},data_file_raw=on`, '1M');
    await make('huge.qcow2', '10G');
    expect(await refusalOf(importFrom('/backed.qcow2'))).toMatchObject({
      refusal: 'not-an-image',
      retryable: false,
    });
    expect(await refusalOf(importFrom('/pointing.qcow2'))).toMatchObject({ refusal: 'not-an-image' });
    const tooLarge = await refusalOf(importFrom('/huge.qcow2'));
    expect(tooLarge).toMatchObject({ refusal: 'too-large', retryable: false });
    expect(tooLarge.message).toBe(
      'Virtual image size 10737418240 is larger than the reported available storage 2097152. A larger PVC is required',
    );
  });

  withQemuImg('refuses a vmdk that leads to another file of this machine', async () => {
    const header = Buffer.alloc(64 * 1024);
    header.write('KDMV', 0);
    header.writeUInt32LE(1, 4);
    header.writeBigUInt64LE(0n, 16);
    header.writeBigUInt64LE(1n, 28);
    header.writeBigUInt64LE(20n, 36);
    header.write(
      '# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\nRW 1 FLAT "/etc/passwd" 0\n',
      512,
    );
    serve('/leading.vmdk', header);
    serve(
      '/descriptor.vmdk',
      Buffer.from(`# Disk DescriptorFile\nRW 1 FLAT "/etc/passwd" 0\n${'#'.repeat(600)}`),
    );
    expect(await refusalOf(importFrom('/leading.vmdk'))).toMatchObject({ refusal: 'corrupt' });
    expect(await refusalOf(importFrom('/descriptor.vmdk'))).toMatchObject({ refusal: 'not-an-image' });
  });

  it('says that qcow2 needs qemu-img where there is none, and still takes raw and gz', async () => {
    const qcow2 = Buffer.alloc(MiB);
    qcow2.write('QFI\xfb', 0, 'latin1');
    serve('/q', qcow2);
    serve('/gz', gzipSync(testDisk()));
    const refusal = await refusalOf(importFrom('/q', 2 * MiB, { qemuImg: false }));
    expect(refusal).toMatchObject({ refusal: 'not-an-image', retryable: false });
    expect(refusal.message).toContain('qemu-img');
    expectDisk((await importFrom('/gz', 2 * MiB, { qemuImg: false })).disk);
  });

  it.each([
    ['gz', gzipSync(testDisk())],
    ['xz', xzDisk],
    ['zstd', zstdCompressSync(testDisk())],
  ])('calls truncated %s corrupt', async (_name, bytes) => {
    serve('/cut', bytes.subarray(0, bytes.length - 20));
    expect(await refusalOf(importFrom('/cut'))).toMatchObject({ refusal: 'corrupt', retryable: false });
  });

  withQemuImg('calls a truncated qcow2 corrupt', async () => {
    const path = join(directory, 'cut.qcow2');
    execFileSync(qemuImg as string, ['create', '-q', '-f', 'qcow2', path, '1M']);
    serve('/cut', (await readFile(path)).subarray(0, 100));
    expect(await refusalOf(importFrom('/cut'))).toMatchObject({ refusal: 'corrupt' });
  });

  it('refuses a raw image larger than the disk before the first byte of its body', async () => {
    let sent = false;
    handlers.set('/large', (_request, response) => {
      response.writeHead(200, { 'content-length': String(100 * MiB) });
      response.write(testDisk().subarray(0, 8192));
      response.on('drain', () => {
        sent = true;
      });
    });
    expect(await refusalOf(importFrom('/large'))).toMatchObject({ refusal: 'too-large', retryable: false });
    expect(sent).toBe(false);
  });

  it('stops a decompression bomb at the size of the disk', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MiB, 1));
    serve('/bomb', bomb);
    expect(await refusalOf(importFrom('/bomb', MiB))).toMatchObject({ refusal: 'too-large' });
  });

  it('refuses wrappings without end', async () => {
    serve('/matryoshka', gzipSync(gzipSync(gzipSync(testDisk()))));
    expect(await refusalOf(importFrom('/matryoshka'))).toMatchObject({ refusal: 'not-an-image' });
  });

  it('refuses what cannot be a disk', async () => {
    serve('/empty', Buffer.alloc(0));
    serve('/short', Buffer.from([1, 2, 3, 0]));
    serve('/page', Buffer.from(`<!DOCTYPE html><html>${'x'.repeat(2000)}</html>`));
    serve('/json', Buffer.from(JSON.stringify({ error: 'x'.repeat(2000) })), {
      'content-type': 'application/json',
    });
    for (const path of ['/empty', '/short', '/page', '/json']) {
      expect(await refusalOf(importFrom(path))).toMatchObject({ refusal: 'not-an-image', retryable: false });
    }
  });

  it('reports the status as CDI does, and whether trying again may help', async () => {
    handlers.set('/busy', (_request, response) => response.writeHead(503).end());
    const notFound = await refusalOf(importFrom('/nowhere'));
    expect(notFound).toMatchObject({ refusal: 'http-status', retryable: false });
    expect(notFound.message).toBe('expected status code 200, got 404. Status: 404 Not Found');
    expect(await refusalOf(importFrom('/busy'))).toMatchObject({ refusal: 'http-status', retryable: true });
  });

  it('gives up on a server that never answers, and on one that falls silent', async () => {
    handlers.set('/hang', () => undefined);
    handlers.set('/stall', (_request, response) => {
      response.writeHead(200, { 'content-length': String(MiB) });
      response.write(testDisk().subarray(0, 10_000));
    });
    expect(await refusalOf(importFrom('/hang'))).toMatchObject({ refusal: 'timeout', retryable: true });
    expect(await refusalOf(importFrom('/stall'))).toMatchObject({ refusal: 'timeout', retryable: true });
  });

  it('calls a connection that breaks or is refused unreachable', async () => {
    handlers.set('/break', (_request, response) => {
      response.writeHead(200, { 'content-length': String(MiB) });
      response.write(testDisk().subarray(0, 100_000), () => response.destroy());
    });
    expect(await refusalOf(importFrom('/break'))).toMatchObject({ refusal: 'unreachable', retryable: true });
    const large = Buffer.from(Array.from({ length: 300_000 }, (_value, index) => (index * 7919) >> 5));
    handlers.set('/break.gz', (_request, response) => {
      response.writeHead(200, { 'content-length': String(MiB) });
      response.write(gzipSync(large).subarray(0, 100_000), () => response.destroy());
    });
    expect(await refusalOf(importFrom('/break.gz'))).toMatchObject({
      refusal: 'unreachable',
      retryable: true,
    });
    handlers.set('/break.xz', (_request, response) => {
      response.writeHead(200, { 'content-length': String(MiB) });
      response.write(xzDisk.subarray(0, 300), () => response.destroy());
    });
    expect(await refusalOf(importFrom('/break.xz'))).toMatchObject({
      refusal: 'unreachable',
      retryable: true,
    });
    const closed = importFrom('http://127.0.0.1:1/x', MiB, { allowedHosts: ['127.0.0.1'] });
    expect(await refusalOf(closed)).toMatchObject({ refusal: 'unreachable', retryable: true });
  });

  it('follows redirects, relative ones too, but not for ever', async () => {
    serve('/there', testDisk());
    handlers.set('/here', (_request, response) => response.writeHead(302, { location: 'there' }).end());
    handlers.set('/round', (_request, response) => response.writeHead(301, { location: '/round' }).end());
    expectDisk((await importFrom('/here')).disk);
    expect(await refusalOf(importFrom('/round'))).toMatchObject({ refusal: 'http-status', retryable: false });
  });

  it('checks every hop: a public or allowed server cannot send it inside', async () => {
    const port = address.split(':')[1];
    const hits: string[] = [];
    handlers.set('/secret', (_request, response) => {
      hits.push('reached');
      response.end(testDisk());
    });
    for (const location of [
      `http://localhost:${port}/secret`,
      `http://[::1]:${port}/secret`,
      'http://169.254.169.254/latest/meta-data',
      'file:///etc/passwd',
      `http://user:pass@${address}/secret`,
    ]) {
      handlers.set('/away', (_request, response) => response.writeHead(302, { location }).end());
      expect(await refusalOf(importFrom('/away'))).toMatchObject({
        refusal: 'forbidden-address',
        retryable: false,
      });
    }
    expect(hits).toEqual([]);
  });

  it('leaves nothing when it is aborted, and keeps what was there before', async () => {
    handlers.set('/slow', (_request, response) => {
      response.writeHead(200, { 'content-length': String(MiB) });
      response.write(testDisk().subarray(0, 100_000), () => {
        setTimeout(() => abort.abort(new Error('cancelled')), 100);
      });
    });
    const destination = join(directory, 'kept.img');
    await writeFile(destination, 'old');
    const abort = new AbortController();
    const subject = images({ maxParallel: 1 });
    const request = (name: string) => ({
      url: `http://${address}/slow`,
      destination: name,
      sizeBytes: BigInt(2 * MiB),
      signal: abort.signal,
      onProgress: () => undefined,
    });
    await Promise.all([
      expect(subject.importFrom(request(destination))).rejects.toThrow('cancelled'),
      expect(subject.importFrom(request(join(directory, 'waiting.img')))).rejects.toThrow('cancelled'),
      expect(subject.importFrom(request(destination))).rejects.toThrow('already running'),
    ]);
    expect((await readdir(directory)).filter((name) => /^(kept|waiting)/.test(name))).toEqual(['kept.img']);
    expect(await readFile(destination, 'utf8')).toBe('old');
  });

  it('makes blank disks and removes disks with their scratch files', async () => {
    const path = join(directory, 'blank', 'disk.img');
    const subject = images();
    await subject.createBlank(path, BigInt(10 * 1024 * MiB));
    const { size, blocks } = await stat(path);
    expect([size, blocks]).toEqual([10 * 1024 * MiB, 0]);
    await writeFile(`${path}.partial`, 'x');
    await subject.remove(path);
    await subject.remove(path);
    expect(await readdir(join(directory, 'blank'))).toEqual([]);
  });
});
