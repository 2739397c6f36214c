import { chooseModes } from './choose-modes.js';

const shared = {
  name: 'shared',
  modes: [
    { accessMode: 'ReadWriteMany', volumeMode: 'Block' },
    { accessMode: 'ReadWriteOnce', volumeMode: 'Block' },
    { accessMode: 'ReadWriteOnce', volumeMode: 'Filesystem' },
  ],
};
const unheard = { name: 'unheard', modes: [] };

const choose = (storage: typeof shared | typeof unheard, accessMode?: string, volumeMode?: string) => {
  try {
    const found = chooseModes(storage, { accessMode: accessMode ?? null, volumeMode: volumeMode ?? null });
    return `${found.accessMode} ${found.volumeMode}`;
  } catch (error) {
    const { code, message, errors } = error as {
      code: string;
      message: string;
      errors: { pointer: string }[];
    };
    return `${code} ${errors[0]?.pointer}: ${message}`;
  }
};

describe('the modes of a disk', () => {
  it('are what the profile has first, of what fits', () => {
    expect(choose(shared)).toBe('ReadWriteMany Block');
    expect(choose(shared, 'ReadWriteOnce')).toBe('ReadWriteOnce Block');
    expect(choose(shared, undefined, 'Filesystem')).toBe('ReadWriteOnce Filesystem');
    expect(choose(shared, 'ReadWriteOnce', 'Filesystem')).toBe('ReadWriteOnce Filesystem');
  });

  it('are refused where they do not go together, and what does is said', () => {
    expect(choose(shared, 'ReadWriteMany', 'Filesystem')).toBe(
      'disk.mode_unsupported /volumeMode: The storage class "shared" does not offer ReadWriteMany with Filesystem. ' +
        'It offers: ReadWriteMany with Block, ReadWriteOnce with Block, ReadWriteOnce with Filesystem.',
    );
    expect(choose(shared, 'ReadOnlyMany')).toMatch(/mode_unsupported \/accessMode: .*offer ReadOnlyMany\./);
  });

  it('have to be said where nothing is known', () => {
    expect(choose(unheard)).toMatch(/mode_unsupported \/accessMode/);
    expect(choose(unheard, 'ReadWriteOnce')).toBe('ReadWriteOnce Filesystem');
    expect(choose(unheard, 'ReadWriteMany', 'Block')).toBe('ReadWriteMany Block');
  });
});
