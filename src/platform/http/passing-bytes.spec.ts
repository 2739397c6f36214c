import { bytesPassed } from './passing-bytes.js';

const PIECE = 64 * 1024;
const MIB = 1024 * 1024;

describe('bytes that pass', () => {
  it('give their memory back before V8 would look for it', () => {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let passed = 0; passed < 256 * MIB; passed += PIECE) {
      bytesPassed(Buffer.allocUnsafeSlow(PIECE).length);
      if (passed % (4 * MIB) === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).toBeLessThan(40 * MIB);
  });
});
