import { Sandbox, shells } from './sandbox.ts';
for (const sh of shells()) {
  using s = new Sandbox();
  s.write('/etc/motd', 'mine'); s.write('/etc/ssh/x', 'mine'); s.link('/etc/out', '/tmp'); s.write('/etc/ff','file');
  const a = s.system('a', { motd: 'a', 'ssh/x': 'ax', "od'd \"$(x)\\": 'h', '-n': 'n', 'out/b': 'b', 'ff/c/d': 'd', shadow: { text: 's', mode: 0o600 } });
  const b = s.system('b', { issue: 'b', motd: { text: 'mb', mode: 0o640 }, 'shadow/q': 'x' });
  const r = (x: any) => console.log(x.status, x.stdout + x.stderr);
  r(s.run(sh, a, ['plan'])); r(s.run(sh, a)); r(s.run(sh, a, ['plan'])); r(s.run(sh, a));
  console.log(s.list('/etc', []).join('\n'));
  r(s.run(sh, b, ['plan'])); r(s.run(sh, b)); r(s.run(sh, b)); console.log(s.list('/etc', []).join('\n'));
}
