// Run with --allow-natives-syntax: returns a reference from WebAssembly into a function that was deoptimised during the call.
// The names below are V8's own; they cannot be written in a file that tools parse.
const native = (name) => new Function('f', `%${name}(f)`)
const [prepare, optimise, deoptimise] = [
  'PrepareFunctionForOptimization',
  'OptimizeFunctionOnNextCall',
  'DeoptimizeFunction',
].map(native)

if (process.argv[2] !== undefined) await import(process.argv[2])

// (module (import "m" "c" (func (param externref)))
//   (func (export "f") (param externref) (result externref) local.get 0 call 0 local.get 0))
const bytes = Buffer.from('AGFzbQEAAAABCgJgAW8AYAFvAW8CBwEBbQFjAAADAgEBBwUBAWYAAQoKAQgAIAAQACAACw==', 'base64')
let during = () => undefined
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { c: () => during() } })
const through = (value) => exports.f(value)
prepare(through)
for (let turn = 0; turn < 1000; turn++) through({ turn })
optimise(through)
through({})
during = () => deoptimise(through)
console.log(through({ said: 'returned' }).said)
