// Loaded before the demonstration: when the process that started it is killed outright, it stops as if it had been asked to.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref() // waiting for that must not keep it running
