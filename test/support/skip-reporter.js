import { relative } from 'node:path';

/** Says at the end what was skipped, so that a run without QEMU or Redis does not pass for a whole one. */
export default class SkipReporter {
  onRunComplete(_contexts, { testResults }) {
    const lines = new Map();
    for (const { testFilePath, testResults: tests } of testResults) {
      for (const { status, ancestorTitles } of tests) {
        if (status !== 'pending') continue;
        const line = `${relative(process.cwd(), testFilePath)}: ${ancestorTitles[0] ?? ''}`;
        lines.set(line, (lines.get(line) ?? 0) + 1);
      }
    }
    if (lines.size === 0) return;
    console.log('\nSkipped:');
    for (const [line, count] of lines) console.log(`  ${String(count).padStart(3)}  ${line}`);
  }
}
