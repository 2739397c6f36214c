export default {
  // Node's own modules instead of a vm context per spec: see there what that asks of a spec.
  runtime: '<rootDir>/test/support/jest/runtime.js',
  testEnvironment: '<rootDir>/test/support/jest/environment.js',
  testSequencer: '<rootDir>/test/support/jest/sequencer.js',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  transform: {},
  setupFiles: ['reflect-metadata'],
  // Only what hangs gets there, on a machine that is busy with two other suites.
  testTimeout: 120_000,
  // Most suites wait for guests, queues and timers more than they compute.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/test/support/skip-reporter.js'],
};
