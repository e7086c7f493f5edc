import { useEffect } from 'react'

/**
 * Puts a line above and the page numbers below every printed sheet. The style sheet is made in script, because its words come from
 * the election; every character is escaped, so that a title cannot become a rule.
 */
export function useRunningHeader(header: string, pageWord: string): void {
  useEffect(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(runningHeader(header, pageWord))
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet)
    }
  }, [header, pageWord])
}

/** The rules of CSS Paged Media (section 4.2, page-margin boxes); browsers that know none leave the margins empty. */
export function runningHeader(header: string, pageWord: string): string {
  const numbers = `${cssString(`${pageWord} `)} counter(page) " / " counter(pages)`
  const font = 'font: 8pt system-ui, sans-serif; color: #333333;'
  return `@page { @top-left { content: ${cssString(header)}; ${font} } @bottom-right { content: ${numbers}; ${font} } }`
}

function cssString(text: string): string {
  return `"${[...text].map((letter) => `\\${(letter.codePointAt(0) as number).toString(16)} `).join('')}"`
}
