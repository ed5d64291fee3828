import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePackageOrigins } from '../../../src/system/from-debian/package-origins.ts';

const sources = `Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 https://mirror.example/debian bookworm/main amd64 Packages
     release v=12.11,o=Debian,a=stable,n=bookworm,l=Debian,c=main,b=amd64
     origin mirror.example
 600 https://vendor.example/deb stable/main amd64 Packages
     release o=Vendor,a=stable,n=stable,l=o=Debian,c=main,b=amd64
     origin vendor.example
Pinned packages:
     tool -> 2.0 with priority 600
`;

const packages = `htop:
  Installed: 3.2.2-2
  Candidate: 3.2.2-2
  Version table:
 *** 3.2.2-2 500
        500 https://mirror.example/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
bash:
  Installed: 5.2.15-2+b2
  Candidate: 5.2.15-2+b13
  Version table:
     5.2.15-2+b13 500
        500 https://mirror.example/debian bookworm/main amd64 Packages
 *** 5.2.15-2+b2 100
        100 /var/lib/dpkg/status
nodejs:
  Installed: 20.20.2-1vendor1
  Candidate: 20.20.2-1vendor1
  Package pin: 20.20.2-1vendor1
  Version table:
 *** 20.20.2-1vendor1 600
        600 https://vendor.example/deb stable/main amd64 Packages
        100 /var/lib/dpkg/status
     18.19.0+dfsg-6 500
        500 https://mirror.example/debian bookworm/main amd64 Packages
tool:
  Installed: 1.0
  Candidate: 2.0
  Version table:
     2.0 -10
        -10 https://vendor.example/deb stable/main amd64 Packages
 *** 1.0 100
        100 /var/lib/dpkg/status
mine:
  Installed: 1.0
  Candidate: 1.0
  Version table:
 *** 1.0 100
        100 /var/lib/dpkg/status
`;

test('whose a package is, by what apt knows of all its versions', () => {
  assert.equal(
    [...parsePackageOrigins(sources, packages)],
    [
      ['htop', 'debian'],
      ['bash', 'debian'],
      ['nodejs', 'newer-than-debian'],
      ['tool', 'third-party'],
      ['mine', 'local'],
    ],
  );
});

test.run();
