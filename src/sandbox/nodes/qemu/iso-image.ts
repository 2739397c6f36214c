/** Bytes of a sector of a CD. */
const SECTOR = 2048;
/** The first sectors are the system's own, the next two describe the volume, two more hold its path tables. */
const [DESCRIPTOR, TERMINATOR, PATHS_LITTLE, PATHS_BIG, ROOT] = [16, 17, 18, 19, 20];
/** 2000-01-01: what is in it says nothing of when it was written. */
const DATE = [100, 1, 1, 0, 0, 0, 0];
/** A record has 255 bytes at most. */
const MAX_NAME = 200;

/**
 * A CD (ECMA-119, that is ISO 9660, level 2 without extensions) with files in its root. Names are written in upper
 * case: Windows does not tell them apart, and Linux shows them in lower case. Throws for a name that no CD can have.
 */
export function isoImage(label: string, files: Readonly<Record<string, Buffer>>): Buffer {
  const named = Object.entries(files)
    .map(([name, content]) => ({ id: Buffer.from(`${name.toUpperCase()};1`, 'latin1'), name, content }))
    .sort((one, other) => Buffer.compare(one.id, other.id));
  const odd = named.find(({ name }) => name.length > MAX_NAME || /[^\x21-\x7e]|[/;]/.test(name));
  if (odd) throw new Error(`No CD can have a file ${JSON.stringify(odd.name)}`);
  const rootSectors = sectorsOf(
    directory(
      ROOT,
      0,
      named.map(({ id }) => ({ id, at: 0, bytes: 0 })),
    ).length,
  );
  let next = ROOT + rootSectors;
  const placed = named.map(({ id, content }) => {
    const at = next;
    next += sectorsOf(content.length);
    return { id, at, bytes: content.length, content };
  });
  const image = Buffer.alloc(next * SECTOR);
  const put = (sector: number, bytes: Buffer) => bytes.copy(image, sector * SECTOR);
  put(DESCRIPTOR, descriptor(label, next, rootSectors * SECTOR));
  put(TERMINATOR, Buffer.from('\xffCD001\x01', 'latin1'));
  put(PATHS_LITTLE, pathTable('little'));
  put(PATHS_BIG, pathTable('big'));
  put(ROOT, directory(ROOT, rootSectors * SECTOR, placed));
  for (const { at, content } of placed) put(at, content);
  return image;
}

const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR);

/** §8.4. */
function descriptor(label: string, sectors: number, rootBytes: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('\x01CD001\x01', 0, 'latin1');
  // Texts that say nothing are of spaces.
  bytes.fill(' ', 8, 72).fill(' ', 190, 813);
  bytes.write(label.slice(0, 32), 40, 'latin1');
  both32(sectors).copy(bytes, 80);
  both16(1).copy(bytes, 120);
  both16(1).copy(bytes, 124);
  both16(SECTOR).copy(bytes, 128);
  both32(pathTable('little').length).copy(bytes, 132);
  bytes.writeUInt32LE(PATHS_LITTLE, 140);
  bytes.writeUInt32BE(PATHS_BIG, 148);
  record(Buffer.from([0]), ROOT, rootBytes, true).copy(bytes, 156);
  // Four dates of sixteen digits and a zone, none of them known.
  for (let date = 813; date < 881; date += 17) bytes.fill('0', date, date + 16);
  bytes[881] = 1;
  return bytes;
}

/** §9.4: the root alone. */
function pathTable(order: 'little' | 'big'): Buffer {
  const bytes = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (order === 'little') {
    bytes.writeUInt32LE(ROOT, 2);
    bytes.writeUInt16LE(1, 6);
  } else {
    bytes.writeUInt32BE(ROOT, 2);
    bytes.writeUInt16BE(1, 6);
  }
  return bytes;
}

/** Itself, its parent (itself again), then its files; no record goes over the end of a sector. */
function directory(
  at: number,
  bytes: number,
  files: readonly { id: Buffer; at: number; bytes: number }[],
): Buffer {
  const records = [
    record(Buffer.from([0]), at, bytes, true),
    record(Buffer.from([1]), at, bytes, true),
    ...files.map((file) => record(file.id, file.at, file.bytes, false)),
  ];
  const sectors: Buffer[][] = [[]];
  let used = 0;
  for (const one of records) {
    if (used + one.length > SECTOR) {
      sectors.push([]);
      used = 0;
    }
    sectors.at(-1)?.push(one);
    used += one.length;
  }
  return Buffer.concat(sectors.map((sector) => Buffer.concat(sector, SECTOR)));
}

/** §9.1. */
function record(id: Buffer, at: number, bytes: number, isDirectory: boolean): Buffer {
  const length = 33 + id.length + ((33 + id.length) % 2);
  const made = Buffer.alloc(length);
  made[0] = length;
  both32(at).copy(made, 2);
  both32(bytes).copy(made, 10);
  made.set(DATE, 18);
  made[25] = isDirectory ? 2 : 0;
  both16(1).copy(made, 28);
  made[32] = id.length;
  id.copy(made, 33);
  return made;
}

/** §7.3.3 and §7.2.3: numbers are written both ways round. */
function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}
