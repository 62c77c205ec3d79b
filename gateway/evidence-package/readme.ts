/** How to check every file with tools that are not ours. Chinese first. */
export const README = `# 证据包：如何自行核验 / Evidence package: how to check it yourself

本包可在没有网络、没有数据库、没有本网关软件的情况下核验。先看《核查报告.html》（可打印）；下面说明每个文件怎样用公开工具核对。
有本网关命令行的，一条命令即可：\`guanyi evidence-package verify 本包.zip\`。

**先核对公钥。** 包内 keys/ 的公钥须与网关公布的一致（https://网关地址/.well-known/jwks.json 与运行机关公告的日志公钥）。
公钥不是从可信来源取得的，以下核验只能说明包内自洽，不能说明出自该网关。

| 文件 | 内容 |
|---|---|
| 核查报告.html | 供阅读、打印的报告 |
| manifest.json、manifest.jws | 文件清单与各文件 SHA-256；后者是网关对清单的签名 |
| record/entry.json | 日志条目，与哈希树中的字节完全一致（请勿编辑） |
| record/columns.json | 数据库中的检索列 |
| evidence/issuer.jwt | 网关签发的证据（只含摘要，不含数据） |
| request/ | 经启封的请求原文、需求方公钥；record/salt.txt 是该记录的随机数（启封时才有，含个人信息，妥善保管） |
| grants/ | 当时的授权全文、其后历次变更 |
| policies/version.json、catalogue/version.json | 当时的策略与目录，SHA-256 即版本号 |
| proof/entry.tlog-proof | 条目在公开日志中的存证证明（C2SP tlog-proof） |
| keys/ | 网关证据公钥（JWKS）、日志公钥（vkey） |

## 一、清单 / 1. Manifest

    jq -r '.files[] | .sha256 + "  " + .name' manifest.json | sha256sum -c        # 每行应为 OK / every line OK
    cut -d. -f2 manifest.jws | tr '_-' '/+' | base64 -d 2>/dev/null | cmp - manifest.json   # 应无输出 / prints nothing

\`base64 -d\` 可能提示缺少补位，可忽略。签名核验方法同第二节（typ 为 evidence-package+jws）。
(\`base64 -d\` may complain about missing padding; ignore it. The signature is checked as in part 2.)

## 二、证据签名 / 2. The signature on the evidence

evidence/issuer.jwt 是紧凑 JWS（ES256 时签名为 r‖s 64 字节）。任何 JOSE 或 SD-JWT（RFC 9901）库都可核验；持有人出示的完整 SD-JWT
（\`issuer.jwt~披露~披露~\`）用同一公钥核验，即可证明所披露的信息项取值。只用 OpenSSL 与 Python 标准库：
(A compact JWS; any JOSE or SD-JWT library verifies it. With OpenSSL and Python’s standard library only:)

    python3 - <<'PY'
    import base64, json, subprocess
    b = lambda s: base64.urlsafe_b64decode(s + '=' * (-len(s) % 4))
    head, payload, sig = open('evidence/issuer.jwt').read().strip().split('.')
    kid = json.loads(b(head))['kid']
    key = next(k for k in json.load(open('keys/gateway.jwks.json'))['keys'] if k['kid'] == kid)
    assert key['crv'] == 'P-256'
    spki = bytes.fromhex('3059301306072a8648ce3d020106082a8648ce3d030107034200') + b'\\x04' + b(key['x']) + b(key['y'])
    num = lambda v: (lambda r: b'\\x02' + bytes([len(r)]) + r)((b'\\0' if v.lstrip(b'\\0')[:1] >= b'\\x80' else b'') + v.lstrip(b'\\0'))
    body = num(b(sig)[:32]) + num(b(sig)[32:])
    open('check-key.der', 'wb').write(spki)
    open('check-sig.der', 'wb').write(b'\\x30' + bytes([len(body)]) + body)
    open('check-signed', 'w').write(head + '.' + payload)
    subprocess.run('openssl pkey -pubin -inform DER -in check-key.der -out check-key.pem', shell=True, check=True)
    subprocess.run('openssl dgst -sha256 -verify check-key.pem -signature check-sig.der check-signed', shell=True, check=True)
    PY

## 三、证据与条目 / 3. The evidence and the entry

    printf %s "$(cat evidence/issuer.jwt)" | openssl dgst -sha256 -binary | base64 | tr '/+' '_-' | tr -d '='
    jq -r .evidenceHash record/entry.json          # 两行应相同 / the two lines are equal

## 四、请求、主体与条目（仅启封时）/ 4. Request, subject and entry (only if opened)

条目中不写身份标识，只写以 record/salt.txt 为密钥的 HMAC-SHA-256：主体为“类型:标识类型:规范标识”，请求为其 SHA-256（base64url）。
(The entry holds HMAC-SHA-256 under the salt: of "type:idType:normal form" for the subject, of the request’s SHA-256 for the request.)

    python3 - <<'PY'
    import base64, hashlib, hmac, json
    b = lambda s: base64.urlsafe_b64decode(s + '=' * (-len(s) % 4)); u = lambda d: base64.urlsafe_b64encode(d).rstrip(b'=').decode()
    salt, entry = b(open('record/salt.txt').read().strip()), json.load(open('record/entry.json'))
    jws = open('request/request.jws', 'rb').read()
    commit = lambda text: u(hmac.new(salt, text.encode(), hashlib.sha256).digest())
    request = json.loads(b(jws.split(b'.')[1].decode())); s = request['subject']
    print('request', commit(u(hashlib.sha256(jws).digest())) == entry['requestHash'])
    print('subject', commit(':'.join([s['type'], s['idType'], s['id']])) == entry['subject']['commitment'])   # 标识须为规范写法
    PY

## 五、策略与目录的版本 / 5. Versions of policies and catalogue

    for f in policies catalogue; do openssl dgst -sha256 -binary $f/version.json | base64 | tr '/+' '_-' | tr -d '='; done
    jq -r '.policyVersion, .catalogVersion' record/entry.json    # 应依次相同 / equal, in this order

## 六、存证证明 / 6. The proof

条目的叶哈希为 SHA-256(0x00‖entry.json)，沿证明中的哈希逐层计算（节点为 SHA-256(0x01‖左‖右)）得到树根，须与检查点一致；
检查点的签名用 keys/log.vkey 核验。Go 的 golang.org/x/mod/sumdb/note 与 sumdb/tlog 可直接核验；只用 Python：
(Leaf: SHA-256(0x00‖entry). Follow the hashes to the root of the checkpoint, whose signature verifies with keys/log.vkey. Go’s
sumdb/note and sumdb/tlog do it as they are. With Python alone, for the path:)

    python3 - <<'PY'
    import base64, hashlib
    H = lambda *p: hashlib.sha256(b''.join(p)).digest()
    head, _, note = open('proof/entry.tlog-proof').read().partition('\\n\\n')
    lines = [l for l in head.split('\\n')[1:] if not l.startswith('extra ')]
    index, path = int(lines[0].split()[1]), [base64.b64decode(l) for l in lines[1:]]
    origin, size, root = note.split('\\n')[:3]
    h, i, last = H(b'\\0', open('record/entry.json', 'rb').read()), index, int(size) - 1
    for p in path:
        if i % 2 or i == last:
            h = H(b'\\1', p, h)
            while i % 2 == 0 and i: i //= 2; last //= 2
        else: h = H(b'\\1', h, p)
        i //= 2; last //= 2
    print(last == 0 and h == base64.b64decode(root))    # 应为 True
    PY

检查点签名（Ed25519，签名的文本是空行之前的三行，含行末换行）：
(The checkpoint’s Ed25519 signature covers the three lines before the empty line, newlines included:)

    python3 - <<'PY'
    import base64, subprocess
    note = open('proof/entry.tlog-proof').read().partition('\\n\\n')[2]
    text, _, sigs = note.rpartition('\\n\\n')
    name, kid, key = open('keys/log.vkey').read().split('\\n')[0].split('+', 2)
    sig = next(l.split()[2] for l in sigs.splitlines() if l.split()[1] == name and base64.b64decode(l.split()[2])[:4].hex() == kid)
    open('check-text', 'w').write(text + '\\n'); open('check-sig', 'wb').write(base64.b64decode(sig)[4:])
    open('check-log.der', 'wb').write(bytes.fromhex('302a300506032b6570032100') + base64.b64decode(key)[1:])
    subprocess.run('openssl pkeyutl -verify -pubin -keyform DER -inkey check-log.der -rawin -in check-text -sigfile check-sig', shell=True, check=True)
    PY

## 注意 / Please note

* 本包不含数据内容（启封的请求除外）。数据内容由 manifest.json 中 valuesHeldBy 所列部门持有，须由其出示。
  (No values are inside, except what an opened request itself says. valuesHeldBy names who holds them and must present them.)
* 数源答复“未查到”不等于不存在。 ("not-found" is not proof of absence.)
* 启封的包含有个人信息，使用与保管应限于所记载的事由。 (A package with an opened request holds personal data; use it for the stated reason only.)
`
