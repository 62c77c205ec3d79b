import { describe, expect, it } from 'vitest'
import { missingLibraries } from '../../seeds/services/apt.ts'

/** The shape `apt-cache depends --recurse` prints, shortened to what each row is about. */
const listing = `redis-server
  PreDepends: init-system-helpers
 |Depends: lsb-base
  Depends: sysvinit-utils
  Depends: redis-tools
redis-tools
  Depends: adduser
  Depends: libc6
  Depends: libjemalloc2
 |Depends: libsystemd0
  Depends: libelogind0
libjemalloc2
  Depends: libc6
  Depends: libstdc++6
libsystemd0
libelogind0
  Depends: libcap2
libcap2
adduser
  Depends: libadduser-helper
<virtual>
    libother`

const wanted = ['redis-server', 'redis-tools']

describe('missingLibraries', () => {
  it.each([
    {
      name: 'names the libraries that are not installed, and theirs',
      installed: ['libc6', 'libsystemd0'],
      want: ['libjemalloc2', 'libstdc++6'],
    },
    {
      name: 'takes the first alternative when none is installed',
      installed: ['libc6', 'libjemalloc2'],
      want: ['libsystemd0'],
    },
    {
      name: 'is content with the second alternative when that is installed',
      installed: ['libc6', 'libjemalloc2', 'libelogind0'],
      want: [],
    },
  ])('$name', ({ installed, want }) => {
    expect(missingLibraries(listing, wanted, new Set(installed))).toEqual(want)
  })

  it('does not follow what only installing needs', () => {
    expect(missingLibraries(listing, wanted, new Set(['libc6']))).not.toContain('libadduser-helper')
  })
})
