// imapflow: notified in IDLE by another connection and by a delivery; fetch, search, move, flags.
'use strict';

const assert = require('node:assert/strict');
const net = require('node:net');
const readline = require('node:readline');
const { once } = require('node:events');
const { ImapFlow } = require('imapflow');

const { IMAPS_PORT, LMTP_PORT, ACCOUNT, PASSWORD } = process.env;

// Ends a run that waits in vain.
const deadline = AbortSignal.timeout(90_000);
deadline.addEventListener('abort', () => fail(new Error('the deadline has passed')));

function fail(error) {
  console.error('FAILED', error);
  process.exit(1);
}

function client(options = {}) {
  return new ImapFlow({
    // Older versions of Node try only one address of a name, which may be ::1.
    host: '127.0.0.1',
    servername: 'localhost',
    port: Number(IMAPS_PORT),
    secure: true,
    auth: { user: ACCOUNT, pass: PASSWORD },
    tls: { rejectUnauthorized: true },
    logger: false,
    ...options,
  });
}

function message(subject) {
  return Buffer.from(
    [
      'Date: Tue, 03 Mar 2026 10:20:30 +0000',
      'From: Sender <sender@example.org>',
      'To: Ada <ada@example.test>',
      `Message-ID: <${subject}@example.org>`,
      `Subject: ${subject}`,
      '',
      `Text of ${subject}.`,
      '',
    ].join('\r\n'),
  );
}

// LMTP, step by step: each line of the dialogue and the code that answers it.
async function deliver(subject) {
  const socket = net.connect(Number(LMTP_PORT), '127.0.0.1');
  const lines = readline.createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const steps = [
    [null, '220'],
    ['LHLO client.example', '250'],
    ['MAIL FROM:<sender@example.org>', '250'],
    [`RCPT TO:<${ACCOUNT}>`, '250'],
    ['DATA', '354'],
    [`${message(subject)}.`, '250'],
    ['QUIT', '221'],
  ];
  for (const [command, code] of steps) {
    if (command !== null) socket.write(`${command}\r\n`);
    let line;
    do {
      line = (await lines.next()).value;
    } while (line?.[3] === '-');
    assert.equal(line?.slice(0, 3), code, `${command}: ${line}`);
  }
  socket.destroy();
}

// What `act` makes the client say. The listener is there before anything can happen.
async function event(from, name, act) {
  const said = once(from, name, { signal: deadline });
  await act();
  return (await said)[0];
}

async function notified(one, other) {
  // The client is in IDLE once nothing else is to do; a command ends it and it starts again.
  const idle = one.idle();
  const appended = await event(one, 'exists', () => other.append('INBOX', message('second')));
  assert.deepEqual([appended.prevCount, appended.count], [1, 2]);
  const delivered = await event(one, 'exists', () => deliver('third'));
  assert.deepEqual([delivered.prevCount, delivered.count], [2, 3]);
  const flagged = await event(one, 'flags', () => other.messageFlagsAdd('1', ['\\Flagged']));
  assert.equal(flagged.seq, 1);
  assert.ok(flagged.flags.has('\\Flagged'));
  const expunged = await event(one, 'expunge', () => other.messageDelete('2'));
  assert.ok(expunged.seq === 2 || expunged.uid === 2, JSON.stringify(expunged));
  await one.noop();
  await idle;
}

async function commands(one) {
  const fetched = await one.fetchOne('1', { uid: true, flags: true, envelope: true, bodyStructure: true, source: true, size: true });
  assert.equal(fetched.uid, 1);
  assert.equal(fetched.envelope.subject, 'first');
  assert.equal(fetched.envelope.from[0].address, 'sender@example.org');
  assert.equal(fetched.bodyStructure.type, 'text/plain');
  assert.deepEqual(fetched.source, message('first'));
  assert.equal(fetched.size, message('first').length);

  assert.deepEqual(await one.search({ subject: 'third' }, { uid: true }), [3]);
  assert.deepEqual(await one.search({ not: { flagged: true } }, { uid: true }), [3]);

  assert.equal((await one.mailboxCreate('Kept')).created, true);
  const moved = await one.messageMove('3', 'Kept', { uid: true });
  assert.deepEqual([...moved.uidMap], [[3, 1]]);
  assert.equal(await one.messageFlagsSet('1', ['\\Seen', '$Keyword']), true);
  const { flags } = await one.fetchOne('1', { flags: true });
  assert.deepEqual([...flags].filter((flag) => flag !== '\\Recent').sort(), ['$Keyword', '\\Seen']);

  const { content } = await one.download('1', '1');
  let text = '';
  for await (const chunk of content) text += chunk;
  assert.equal(text, 'Text of first.\r\n');

  const status = await one.status('Kept', { messages: true, uidNext: true });
  assert.deepEqual([status.messages, status.uidNext], [1, 2]);
  const paths = (await one.list()).map((entry) => entry.path);
  assert.ok(paths.includes('INBOX') && paths.includes('Kept'), paths.join());
}

// Where the server has QRESYNC, an expunge is told by UID and a FETCH reads changes only.
async function resynchronized() {
  const [one, other] = [client({ qresync: true }), client()];
  await Promise.all([one.connect(), other.connect()]);
  if (one.enabled.has('QRESYNC')) {
    const before = (await one.mailboxOpen('INBOX')).highestModseq;
    await other.mailboxOpen('INBOX');
    await other.append('INBOX', message('fourth'));
    await one.noop();
    const changed = [];
    for await (const { uid } of one.fetch('1:*', { uid: true, flags: true }, { uid: true, changedSince: before })) {
      changed.push(uid);
    }
    assert.deepEqual(changed, [4]);
    const expunged = await event(one, 'expunge', async () => {
      await other.messageDelete('4', { uid: true });
      await one.noop();
    });
    assert.deepEqual([expunged.uid, expunged.vanished], [4, true]);
  } else {
    assert.ok(!one.capabilities.has('QRESYNC'), 'QRESYNC is announced and was not enabled');
    console.log('the server has no QRESYNC');
  }
  await Promise.all([one.logout(), other.logout()]);
}

async function main() {
  const [one, other] = [client(), client()];
  await Promise.all([one.connect(), other.connect()]);
  await one.append('INBOX', message('first'));
  const mailbox = await one.mailboxOpen('INBOX');
  assert.equal(mailbox.exists, 1);
  await other.mailboxOpen('INBOX');
  const quota = await one.getQuota('INBOX');
  assert.equal(quota.quotaRoot, ACCOUNT);
  assert.deepEqual([quota.message.usage, quota.message.limit], [1, 2000000]);
  await notified(one, other);
  await commands(one);
  await Promise.all([one.logout(), other.logout()]);
  await resynchronized();
}

main().then(() => process.exit(0), fail);
