// A platform behind the members contract, in memory. Node.js 20, no packages at run time.
//
//     npm ci && npx tsc && TOOL_API_TOKEN=secret node server.js 8790
//     TOOL_KIND=rest TOOL_BASE_URL=http://127.0.0.1:8790 TOOL_API_TOKEN=secret bridge check-tool --project streets

import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";

type Member = { memberId: string; status: "active" | "invited" };
type Project = { name: string; members: Map<string, Member>; notice?: string };
type Answer = [status: number, body?: unknown];

if (!process.env.TOOL_API_TOKEN) throw new Error("set TOOL_API_TOKEN");
const token = Buffer.from(`Bearer ${process.env.TOOL_API_TOKEN}`);
// Members by trainer id. Your own platform has database tables for the members and their work.
const projects = new Map<string, Project>([["streets", { name: "Street scenes", members: new Map() }]]);

function isAllowed(request: IncomingMessage): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  return given.length === token.length && timingSafeEqual(given, token);
}

async function call(request: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (!isAllowed(request)) return [401, { error: "wrong token" }];
  const path = (request.url ?? "").split("?")[0].split("/").slice(1).map(decodeURIComponent);
  const project = path[0] === "projects" ? projects.get(path[1]) : undefined;
  if (!project) return [404, { error: "no such project" }];
  const [part, trainer] = path.slice(2);
  switch (`${request.method} ${part ?? ""}`) {
    case "GET ":
      return [200, { id: path[1], name: project.name }];
    case "PUT members": {
      // The trainer id is the key, so a repeated call is the same member.
      const member: Member = project.members.get(trainer) ?? { memberId: `m-${trainer}`, status: "active" };
      project.members.set(trainer, member);
      return [200, member];
    }
    case "GET members": {
      const member = project.members.get(trainer);
      return member ? [200, member] : [404, { error: "no such member" }];
    }
    case "DELETE members":
      return project.members.delete(trainer) ? [204] : [404, { error: "no such member" }];
    case "GET usage":
      return [501, { error: "work is not measured" }];
    case "PUT notice":
      project.notice = (JSON.parse(text) as { text: string }).text;
      return [204];
    case "DELETE notice": {
      const answer: Answer = project.notice ? [204] : [404, { error: "no notice" }];
      delete project.notice;
      return answer;
    }
  }
  return [404, { error: "no such call" }];
}

createServer(async (request, response) => {
  const [status, body] = await call(request).catch((): Answer => [400, { error: "not readable" }]);
  response.writeHead(status, body === undefined ? {} : { "Content-Type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}).listen(Number(process.argv[2]), "127.0.0.1");
