import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks', // real processes: a test may kill things, change its clock or leave a native handle behind
    maxWorkers: 2,
    reporters: ['default', './test/support/summary-reporter.ts'], // the plain line comes last
    testTimeout: 20_000,
    hookTimeout: 120_000, // the first file to ask waits while the servers are fetched and started
    teardownTimeout: 30_000,
  },
})
