// A webhook receiver as OpenTrain's reference integration does it: one file, node:http and node:crypto.
// It verifies the HMAC over the raw bytes, remembers delivery ids in memory, answers 2xx, and grants access in
// the tool afterwards. Acknowledged work is only in memory, so it is lost with the process.
//
// JOURNAL=file: each delivery is appended to the file and synced before its 2xx (waiting ones
// share one fdatasync). The file is not read after a restart.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';

const { PORT, OPENTRAIN_WEBHOOK_SECRET, TOOL_BASE_URL, TOOL_API_TOKEN, JOURNAL } = process.env;
const TOLERANCE = 300;
const MAX_BODY = 256 * 1024;
// The bridge calls the tool for the same number of trainers at once: four batches of ten.
const AT_ONCE = 40;

const seen = new Set();
let waiting = [];
let head = 0;
let inFlight = 0;

function signed(header, body) {
  const parts = (header ?? '').split(',').map((part) => part.split('='));
  const t = parts.find(([name]) => name === 't')?.[1];
  if (!t || Math.abs(Date.now() / 1000 - Number(t)) > TOLERANCE) return false;
  const expected = createHmac('sha256', OPENTRAIN_WEBHOOK_SECRET).update(`${t}.`).update(body).digest();
  return parts.some(([name, value]) => {
    const given = Buffer.from(name === 'v1' ? (value ?? '') : '', 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

async function findOrCreate({ data: { freelancer, projectLink } }) {
  const path = [projectLink.externalProjectId, 'members', freelancer.opentrainUserId];
  const { workEmail: email, displayName, country, profileUrl } = freelancer;
  const answer = await fetch(`${TOOL_BASE_URL}/projects/${path.map(encodeURIComponent).join('/')}`, {
    method: 'PUT',
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${TOOL_API_TOKEN}`,
      'content-type': 'application/json',
      // The simulated tool accepts only calls of a bridge.
      'user-agent': 'opentrain-bridge/peer',
    },
    body: JSON.stringify({ email, displayName, country, profileUrl }),
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`the tool answered ${answer.status}`);
}

// `shift` moves all later elements: on a long backlog it would be the peer's main work.
function next() {
  if (head === waiting.length) [waiting, head] = [[], 0];
  const event = waiting[head];
  if (event) waiting[head++] = undefined;
  return event;
}

async function work() {
  if (inFlight >= AT_ONCE) return;
  inFlight += 1;
  for (let event = next(); event; event = next()) {
    await findOrCreate(event).catch((error) => console.error(error.message));
  }
  inFlight -= 1;
}

function journal(file) {
  let lines = [];
  let planned = null;
  const flush = async () => {
    const batch = lines;
    [lines, planned] = [[], null];
    await file.write(Buffer.concat(batch));
    await file.datasync();
  };
  let last = Promise.resolve();
  return (body) => {
    lines.push(body, Buffer.from('\n'));
    // One flush runs at a time. Deliveries that arrive meanwhile are in the next one.
    planned ??= last = last.then(flush);
    return planned;
  };
}

const keep = JOURNAL ? journal(await open(JOURNAL, 'a')) : null;

async function take(request, body) {
  if (!signed(request.headers['x-opentrain-signature'], body)) return 401;
  const id = request.headers['x-opentrain-delivery'];
  if (seen.has(id)) return 200;
  const event = JSON.parse(body);
  if (keep) await keep(body);
  seen.add(id);
  if (event.type === 'contract.started') {
    waiting.push(event);
    setImmediate(work);
  }
  return 202;
}

function answer(response, status, text = '') {
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const queue = { waiting: waiting.length - head, in_flight: inFlight, dead: 0 };
    return answer(response, 200, JSON.stringify({ status: 'ok', queue }));
  }
  const chunks = [];
  let length = 0;
  request.on('data', (chunk) => {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  });
  request.on('end', () => {
    if (length > MAX_BODY) return answer(response, 413);
    take(request, Buffer.concat(chunks)).then(
      (status) => answer(response, status),
      () => answer(response, 500),
    );
  });
});
server.listen(Number(PORT), '127.0.0.1');
