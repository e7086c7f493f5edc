import { findDevices } from '@hanpyo/devices/commands/device-list.ts'
import type { Command } from '@hanpyo/platform/command.ts'
import { COMMON_USAGE, provisionCommand } from '../../frame/command.ts'
import { languageOf } from '../../frame/errors.ts'
import type { Ports } from '../../frame/ports.ts'
import { checkAccess } from '../chirpstack/access.ts'
import { openServer, SERVER_OPTIONS, SERVER_USAGE } from '../chirpstack/open-server.ts'
import {
  checkCertificates,
  checkHttpClock,
  checkName,
  checkNode,
  checkPorts,
  checkSpace,
  checkTools,
  type DoctorPorts,
  type Finding,
  judgeClock,
  nodeDoctorPorts,
} from '../doctor/checks.ts'
import { readRadioFile } from '../radio-file.ts'

const MARK = { ok: '✓', warn: '!', fail: '✗' } as const
/** Something has to be put right before going on. */
const FAILED = 18

export function doctorCommand(
  ports: () => Ports,
  doctorPorts: (ports: Ports) => DoctorPorts = (all) =>
    nodeDoctorPorts(all, async () => (await findDevices()).map(({ uri }) => uri)),
): Command {
  return provisionCommand({
    name: 'provision doctor',
    summary:
      'Looks at tools, ports and rights, space, clock, names, certificates and servers; changes nothing.',
    usage: `Usage: hanpyo provision doctor [--dir DIR] [--bridge URL] [--broker URL] [--url URL] [options]

  --bridge URL      compares the clock with the bridge; --broker mqtts://… looks its name up
${SERVER_USAGE}

${COMMON_USAGE}
Exit codes: 0 nothing wrong, ${FAILED} something has to be put right.`,
    options: { ...SERVER_OPTIONS, bridge: { type: 'string' }, broker: { type: 'string' } },
    ports,
    async body(session) {
      const all = doctorPorts(session.ports)
      const { folder } = session.ctx
      const [bridge, broker] = [session.flag('bridge'), session.flag('broker')]
      const findings: Finding[] = [
        checkNode(all),
        ...(await checkTools(all)),
        ...(await checkPorts(all)),
        await checkSpace(all, folder.root),
        ...(await checkCertificates(all, folder.cert)),
      ]
      for (const url of [bridge, broker, session.flag('url')]) {
        const host = url === undefined ? undefined : URL.parse(url)?.hostname
        if (host !== undefined && host !== '') findings.push(await checkName(all, host))
      }
      if (bridge !== undefined) findings.push(await checkHttpClock(all, bridge))
      const radio = await readRadioFile(session.ports.files, folder)
      const known = radio.ok ? radio.value.chirpstack : undefined
      const opened = await openServer(session, known)
      // Without a token there is nothing to ask; with a wrong one somebody wants to know.
      if (opened.ok && opened.value !== null) {
        const { server, tokenKind } = opened.value
        const tenantId = known?.tenantId
        const access = await checkAccess(server, { tenantId, kind: tokenKind })
        const version = access.ok ? (access.value.version ?? '') : ''
        findings.push({
          id: 'chirpstack',
          state: access.ok ? 'ok' : 'fail',
          text: access.ok
            ? {
                ko: `ChirpStack ${version} 사용 가능`,
                en: `ChirpStack ${version} answers, and the token may write.`,
              }
            : {
                ko: `ChirpStack: ${access.error}`,
                en: `ChirpStack: ${access.error}${access.detail ? ` (${access.detail})` : ''}.`,
              },
        })
        if (server.serverTimeMs !== undefined)
          findings.push(judgeClock('ChirpStack', session.ports.clock.now(), server.serverTimeMs))
        server.close()
      } else if (!opened.ok && opened.error !== 'chirpstack-token-missing') session.must(opened)
      const language = languageOf(session.io.env)
      for (const { id, state, text } of findings)
        session.report.fact({ check: id, state, text: text[language] }, `${MARK[state]} ${text[language]}`)
      const exitCode = findings.some(({ state }) => state === 'fail') ? FAILED : 0
      session.report.summary({ command: 'provision doctor', exitCode })
      return exitCode
    },
  })
}
