import { setFlagsFromString } from 'node:v8'

/**
 * Keeps the whole process from dying in the middle of a decision.
 *
 * V8 up to at least 11.3 (Node 20) inlines calls from JavaScript into WebAssembly. When such a call returns a reference,
 * as Cedar's do, into code that was thrown away meanwhile, V8 ends the process: “unreachable code” in
 * `Deoptimizer::DoComputeBuiltinContinuation`. It needs a busy gateway and some luck; it was met once in a demonstration.
 * Not inlined, the call costs some nanoseconds more. Must be imported before Cedar is. A V8 without
 * the flag says so on stderr and goes on.
 */
setFlagsFromString('--no-turbo-inline-js-wasm-calls')
