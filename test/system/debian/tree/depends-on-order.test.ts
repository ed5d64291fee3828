import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dependsOnOrder } from '../../../../src/system/debian/tree/depends-on-order.ts';

const dpkg = 'usr/lib/sysimage/dpkg';
const editorPath = `${dpkg}/alternatives/editor`;
const diversionsPath = `${dpkg}/diversions`;

type Texts = Readonly<Record<string, string>>;

/** What is said of packages that change a base of these files into a tree of those, text by path. */
function judge(base: Texts, laid: Texts): string | undefined {
  return dependsOnOrder({
    changed: new Set(Object.keys(laid)),
    isInBase: path => path in base,
    textInBase: path => base[path],
    text: path => laid[path] ?? base[path],
  });
}

/** A file of update-alternatives(1), whose choices have a manual page each. */
function editor(choices: Readonly<Record<string, number>>, mode = 'auto', link = 'editor'): Texts {
  const lines = Object.entries(choices).map(
    ([name, priority]) => `/usr/bin/${name}\n${priority}\n/usr/share/man/man1/${name}.1.gz\n`,
  );
  const head = `${mode}\n/usr/bin/${link}\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n`;
  return { [editorPath]: `${head}${lines.join('')}\n` };
}

test('files and lists that packages only add to are the same in any order', () => {
  const laid = { 'usr/bin/htop': '', [`${dpkg}/status`]: '', [`${dpkg}/statoverride`]: '' };
  assert.is(judge({ [`${dpkg}/status`]: '' }, laid), undefined);
});

test('the best choice is taken whether it comes first or last', () => {
  assert.is(judge(editor({ ed: -100 }), editor({ ed: -100, nano: 40 })), undefined);
  assert.is(judge(editor({ nano: 40 }), editor({ nano: 40, ed: -100 })), undefined);
  assert.is(judge({}, editor({ nano: 40, ed: -100 })), undefined);
});

test('of two best choices the first one is taken', () => {
  const claim = '/usr/bin/joe and /usr/bin/nano have the same claim to be "editor"';
  assert.is(judge(editor({ nano: 40 }), editor({ joe: 40, nano: 40 })), claim);
  assert.is(judge({}, editor({ ed: 1, joe: 40, nano: 40 })), claim);
  assert.is(judge(editor({ nano: 40 }), editor({ ed: 1, joe: 1, nano: 40 })), undefined);
});

test('a choice that a script has made, and a link that moves, are those of the last one', () => {
  const chosen = editor({ ed: 1, nano: 40 }, 'manual');
  assert.match(judge(editor({ nano: 40 }), chosen) ?? '', 'has chosen');
  const moved = editor({ ed: 1, nano: 40 }, 'auto', 'edit');
  assert.match(judge(editor({ nano: 40 }), moved) ?? '', '/usr/bin/editor, a link');
});

test('a diversion of what is not there moves nothing', () => {
  const base = { [diversionsPath]: '/bin/sh\n/bin/sh.distrib\ndash\n', 'usr/bin/sh': '' };
  const more = '/usr/share/vim/help.txt\n/usr/share/vim/help.txt.tiny\nvim-runtime\n';
  const laid = { [diversionsPath]: more + base[diversionsPath], 'usr/share/vim/help.txt': '' };
  assert.is(judge(base, laid), undefined);
});

test('a diversion of what is there, or that something new meets, is felt', () => {
  const diversion = { [diversionsPath]: '/bin/tool\n/bin/tool.real\nwrapper\n' };
  const reason = "wrapper puts another package's /bin/tool elsewhere";
  // With or without `--rename`; before and after the other one; by either name of the folder.
  assert.is(judge({ 'usr/bin/tool': '' }, { ...diversion, 'usr/bin/tool': '' }), reason);
  assert.is(judge(diversion, { 'usr/bin/tool.real': '' }), reason);
  assert.is(judge({}, { ...diversion, 'usr/bin/tool.real': '' }), reason);
});

test('a script that looks for what the base had while it was built finds it no more', () => {
  const laid = {
    [`${dpkg}/info/dovecot-core.postinst`]: '[ -e /etc/ssl/certs/ssl-cert-snakeoil.pem ] && ln -s',
  };
  const reason = 'dovecot-core looks for ssl-cert-snakeoil, which no tree keeps';
  assert.is(judge({ 'usr/sbin/make-ssl-cert': '' }, laid), reason);
  // It comes with the certificate's maker, which makes one.
  assert.is(judge({}, { ...laid, 'usr/sbin/make-ssl-cert': '' }), undefined);
});

test('modules go to the kernel, whoever brings them', () => {
  assert.is(judge({}, { 'usr/lib/modules': '' }), undefined);
  const path = 'usr/lib/modules/6.1/updates/x.ko';
  assert.is(judge({}, { [path]: '' }), `/${path} belongs to the kernel`);
});

test.run();
