import { dateText, factLines } from '@hanpyo/devices/self-test/readiness-paper.ts'
import { SELF_TEST_TITLES, VERDICT_TEXT } from '@hanpyo/devices/self-test/texts.ts'
import { createPdf } from '@hanpyo/platform/pdf.ts'
import type { ProvisionReport } from './schema.ts'

const TITLE = '단말기 준비 보고서 / Provisioning report'

/** The report for the file, A4: verdict first, then why, then every fact. */
export function reportPdf(report: ProvisionReport): Promise<Uint8Array> {
  return createPdf({
    title: `${TITLE} — ${report.kiosk}`,
    createdAt: new Date(report.at * 1000),
    draw(document) {
      document.fontSize(18).text(TITLE).moveDown(0.4)
      document.fontSize(14).text(verdictText(report)).moveDown(0.4)
      for (const [heading, lines] of sections(report)) {
        if (lines.length === 0) continue
        document.moveDown(0.5).fontSize(11).text(heading).fontSize(9)
        for (const line of lines) document.text(line)
      }
    },
  })
}

/** `준비되었습니다 / Ready`. */
export function verdictText({ simulated, verdict }: Pick<ProvisionReport, 'simulated' | 'verdict'>): string {
  const played = simulated ? ' (모의 기기로 시험 / simulated devices)' : ''
  return `${verdict === 'ready' ? '준비되었습니다 / Ready' : '아직 준비되지 않았습니다 / Not ready'}${played}`
}

function sections(report: ProvisionReport): [string, string[]][] {
  const { certificate, chirpstack, election, modem, slips, software, workLog } = report
  const test = election?.isTest === true ? ' (시험 / TEST)' : ''
  return [
    ['없는 것 / Missing', [...report.missing]],
    [
      '기기 / Kiosk',
      [
        `${report.kiosk} ${report.name} · ${report.centre} · ${report.state}`,
        dateText(report.at),
        `${election?.id ?? '–'}${test} ${election?.manifest ?? ''}`,
        `${software.version} ${software.hash ?? '–'} (${software.isSignedByKiosk ? '기기가 서명함 / signed by the kiosk' : '이 컴퓨터의 것 / of this computer'})`,
      ],
    ],
    [
      '인증서 / Certificate',
      certificate === null
        ? []
        : [
            `CN=${certificate.cn} · ${dateText(certificate.notBefore)} – ${dateText(certificate.notAfter)}`,
            `${certificate.isValid ? '유효함 / valid' : '유효하지 않음 / not valid'} · ${certificate.isOnLedger ? '원장에 있음 / on the ledger' : '원장에 없음 / not on the ledger'}`,
          ],
    ],
    ['모뎀 / Modem', modem === null ? [] : factLines(modem)],
    [
      '투표권 종이 / Slips of the centre',
      slips === null
        ? []
        : [
            `${slips.slips} · ${slips.envelopes.join(', ')} · ${slips.revision}차 / revision ${slips.revision}`,
          ],
    ],
    ['ChirpStack', chirpstack === null ? [] : factLines(chirpstack)],
    [
      '작업 기록 / Work log',
      workLog.isIntact
        ? [`이어짐 / intact · ${workLog.lines} lines, ${workLog.unsigned} unsigned`]
        : [`바뀜 / changed: ${workLog.problem}`],
    ],
    [
      '단계 / Steps',
      report.steps.map(({ at, error, id, state }) =>
        `${dateText(at)} ${id} ${state} ${error ?? ''}`.trimEnd(),
      ),
    ],
    [
      '자가 점검 / Self-test',
      report.results.map(({ facts, test: id, verdict }) => {
        const title = SELF_TEST_TITLES[id]
        return `${title.ko} / ${title.en}: ${VERDICT_TEXT[verdict].ko} / ${VERDICT_TEXT[verdict].en} ${factLines(facts).join(' · ')}`.trimEnd()
      }),
    ],
  ]
}
