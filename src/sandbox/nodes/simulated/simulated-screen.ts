import { crc32, deflateSync } from 'node:zlib';

export const WIDTH = 320;
export const HEIGHT = 200;

const BACKGROUND = [0x11, 0x15, 0x1c] as const;
const BAR_WIDTH = 24;
/** Pixels that the bar moves in a second. */
const SPEED = 60;

/** A picture that a person can tell from a frozen one: a bar that moves, in a colour that each key changes. */
export class SimulatedScreen {
  #keys = 0;
  #pausedAt: number | null = null;
  #stoodStill = 0;

  constructor(private readonly now: () => number = Date.now) {}

  press(): void {
    this.#keys += 1;
  }

  /** A machine that stands still has a picture that does. */
  setPaused(paused: boolean): void {
    if (paused) this.#pausedAt ??= this.now();
    else if (this.#pausedAt !== null) {
      this.#stoodStill += this.now() - this.#pausedAt;
      this.#pausedAt = null;
    }
  }

  /** Red, green and blue of each pixel, row by row. */
  pixels(): Buffer {
    const at = (this.#pausedAt ?? this.now()) - this.#stoodStill;
    const left = Math.floor((at / 1000) * SPEED) % WIDTH;
    const colours = [0x3fb97f, 0x4f8ef7, 0xe0a65f, 0xd65fe0];
    const colour = colours[this.#keys % colours.length] as number;
    const row = Buffer.alloc(WIDTH * 3);
    for (let x = 0; x < WIDTH; x += 1) {
      const inBar = (x - left + WIDTH) % WIDTH < BAR_WIDTH;
      row.set(inBar ? [colour >> 16, (colour >> 8) & 0xff, colour & 0xff] : BACKGROUND, x * 3);
    }
    return Buffer.concat(Array.from({ length: HEIGHT }, () => row));
  }

  png(): Buffer {
    const pixels = this.pixels();
    const rows = Array.from({ length: HEIGHT }, (_, y) =>
      Buffer.concat([Buffer.of(0), pixels.subarray(y * WIDTH * 3, (y + 1) * WIDTH * 3)]),
    );
    const header = Buffer.alloc(13);
    header.writeUInt32BE(WIDTH, 0);
    header.writeUInt32BE(HEIGHT, 4);
    // Eight bits of red, green and blue; nothing interlaced.
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([
      Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.concat(rows))),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
