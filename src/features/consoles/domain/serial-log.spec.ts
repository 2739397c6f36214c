import { MAX_LOG_BYTES, toSerialLog } from './serial-log.js';

describe('serial log', () => {
  it('keeps what a person reads, and nothing that steers a terminal or a page', () => {
    const printed =
      '\u001b[2J\u001b[1;31mred\u001b[0m\r\n\u001b]0;a title\u0007plain\ttab\r\n' +
      'over\rwritten\u0000\u0007\u001bc\u202egnp.exe\u009b31mC1\n\u001b]52;c;Y29weQ==\u001b\\end';
    const { text } = toSerialLog(Buffer.from(printed), 100);
    expect(text).toBe('red\nplain\ttab\nover\nwritten\ufffd\ufffd\ufffdgnp.exeC1\nend');
    expect(text).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('does not swallow a line after an escape that never ends', () => {
    expect(toSerialLog(Buffer.from('\u001b]0;no end\nnext\n'), 10).text).toBe('\nnext\n');
  });

  it('shows the end of it, and says when there was more', () => {
    const log = Buffer.from('1\n2\n3\n');
    expect(toSerialLog(log, 2)).toEqual({ text: '2\n3\n', truncated: true });
    expect(toSerialLog(log, 3)).toEqual({ text: '1\n2\n3\n', truncated: false });
    expect(toSerialLog(Buffer.from('1\n2'), 1)).toEqual({ text: '2', truncated: true });
    expect(toSerialLog(Buffer.alloc(0), 5)).toEqual({ text: '', truncated: false });
  });

  it('is capped in bytes and reads hostile lengths in no time', () => {
    const hostile = Buffer.from('\u001b['.repeat(MAX_LOG_BYTES));
    const { text, truncated } = toSerialLog(hostile, 5_000);
    expect(truncated).toBe(true);
    expect(text.length).toBeLessThanOrEqual(MAX_LOG_BYTES);
  });
});
