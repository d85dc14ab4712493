#!/usr/bin/env node
// A webhook function that does what the reference integration does: a runtime loop without an SDK, the HMAC
// verified over the raw body, the delivery sent to the queue with one HTTP call.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { Agent, request } from 'node:http';

const { AWS_LAMBDA_RUNTIME_API, AWS_ENDPOINT_URL, BRIDGE_QUEUE_URL, OPENTRAIN_WEBHOOK_SECRET } = process.env;
const TOLERANCE = 300;
const agent = new Agent({ keepAlive: true });

function call(url, method, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

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

async function handle(event) {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (!signed(event.headers['x-opentrain-signature'], body)) return { statusCode: 401 };
  const parsed = JSON.parse(body);
  await call(AWS_ENDPOINT_URL, 'POST', JSON.stringify({
    QueueUrl: BRIDGE_QUEUE_URL,
    MessageBody: body.toString(),
    MessageGroupId: parsed.data?.freelancer?.opentrainUserId ?? 'none',
    MessageDeduplicationId: parsed.id,
  }), { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-type': 'application/x-amz-json-1.0' });
  return { statusCode: 202, body: '{}' };
}

const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
for (;;) {
  const next = await call(`${api}/next`, 'GET');
  const id = next.headers['lambda-runtime-aws-request-id'];
  const answer = await handle(JSON.parse(next.body));
  await call(`${api}/${id}/response`, 'POST', JSON.stringify(answer));
}
