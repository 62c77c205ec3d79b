import { importVerificationJwk } from '../../adapters/crypto/jwk.ts'
import { html } from '../../html.ts'
import { keyThumbprint } from '../../operators/registry-file.ts'
import { jsonOf } from '../checks/check.ts'
import { FILE } from '../names.ts'
import type { Manifest } from '../types.ts'
import type { PackageFiles } from '../zip.ts'
import { reportContext } from './context.ts'
import { authorisation, conclusion, exchangeFacts, findings, holder, sources } from './sections.ts'
import { STYLE } from './style.ts'
import { beijingTime, ROLE_WORDS } from './words.ts'

/**
 * 核查报告: one self-contained page for reading and printing, made from the package's files and the findings.
 *
 * Shape:  HTML without scripts or anything fetched; it says so to the browser too.
 */
export function reportHtml(files: PackageFiles, manifest: Manifest): string {
  const context = reportContext(files, manifest)
  const { builtBy, builtAt, builtUnder, reason, requestOpened } = manifest
  // RFC 7638: what a reader can compare with the published keys by eye.
  const keys = (jsonOf<{ keys: Record<string, unknown>[] }>(files, FILE.jwks)?.keys ?? []).map(importVerificationJwk)
  const vkeys = files.get(FILE.logVkey)?.toString('utf8').trim() ?? '（无）'
  return html`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>数据共享交换核查报告 ${manifest.exchangeId}</title>
<style>${STYLE}</style></head><body>
<h1>数据共享交换核查报告</h1>
<p class="number">网关 ${manifest.gateway}　日志第 ${manifest.index} 号　<span class="mono">${manifest.exchangeId}</span></p>
${requestOpened ? html`<p class="warning">本包含有经启封的请求原文，涉及个人信息。启封事由：${reason}。仅限为该事由使用、保管，不得扩散。</p>` : null}
<h2>一、结论</h2>${conclusion(context)}
<h2>二、交换事实</h2>${exchangeFacts(context)}
<h2>三、授权依据</h2>${authorisation(context)}
<h2>四、信息项与数据来源</h2>${sources(context)}
<h2>五、核验项目与结果</h2>${findings(context)}
<p class="small">以上核验在制作本包时由程序实际执行，只用到包内文件；任何人可按 README.md 用公开工具重做。核验以包内公钥进行，使用人应先将其与运行机关公布的公钥核对：证据公钥 <span class="mono">${keys.map((key) => `${key.kid}（RFC 7638 指纹 ${keyThumbprint(key)}）`).join('、')}</span>；日志公钥 <span class="mono">${vkeys}</span>。</p>
<h2>六、数据内容由谁持有、如何出示</h2>${holder(context)}
<h2>七、材料清单</h2>
<table><thead><tr><th>文件</th><th>字节</th><th>SHA-256</th></tr></thead>${manifest.files
    .filter(({ name }) => name !== FILE.report)
    .map(
      ({ name, bytes, sha256 }) =>
        html`<tr><td>${name}</td><td class="nowrap">${bytes}</td><td class="mono">${sha256}</td></tr>`,
    )}</table>
<p class="small">本报告自身的 SHA-256 记于 manifest.json；清单由网关签名（manifest.jws）。</p>
<h2>八、制作情况</h2>
<p>制作时间：${beijingTime(builtAt)}（北京时间）。制作人：${context.name.member(builtBy.member)}${ROLE_WORDS[builtBy.role] ?? builtBy.role}。事由：${reason ?? '未写明'}。本次制作已先行留痕，留痕编号 <span class="mono">${builtUnder}</span>。</p>
<p class="small">本报告只陈述网关日志所载事实，不对数据内容的真实性作判断。数源答复“未查到”不等于不存在。文中时间均为北京时间。</p>
<div class="signatures"><span>制作人（签字）：＿＿＿＿＿＿＿＿</span><span>机关（盖章）：＿＿＿＿＿＿＿＿</span><span>　　　年　　月　　日</span></div>
</body></html>
`.text
}
