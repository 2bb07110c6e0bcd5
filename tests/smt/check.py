#!/usr/bin/env python3
"""Holds palisade's answers to `who-can` against an SMT solver (cvc5), from the raw policies with full ARNs.

Nothing here is shared with palisade: policies are read as JSON, AWS's logic is written once more as a formula over one request, whose key
and whose condition keys are string variables, and the solver says whether any request is allowed. Organizations are made at random, and
their policies are spiced with statements that nobody sane would write.

    python3 tests/smt/check.py --palisade target/release/palisade --estates 2 --questions 12

A disagreement ends with 1 and prints the question. What the solver does not decide in time is counted and printed, never passed over.
"""
import argparse, ipaddress, json, pathlib, random, re, subprocess, sys, tempfile

import cvc5

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:DeleteObjectVersion", "s3:PutBucketPolicy"]
ON_OBJECTS = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}
# "s3:GetObject [...] kms:Decrypt; s3:PutObject [...] kms:GenerateDataKey" (S3 User Guide, UsingKMSEncryption)
USES_KEY = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}
# Condition keys that only some actions carry. (Service Authorization Reference, Amazon S3)
CARRIES = {"s3:prefix": {"s3:ListBucket"}, "s3:existingobjecttag/": {"s3:GetObject"}, "aws:tagkeys": set()}
SECONDS = 20


# ---- Terms of SMT-LIB ------------------------------------------------------------------------------------------------

def text(value):
    return '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\u{{{ord(c):x}}}" for c in value) + '"'

def conj(terms):
    terms = [t for t in terms if t != "true"]
    if "false" in terms: return "false"
    return "true" if not terms else terms[0] if len(terms) == 1 else "(and " + " ".join(terms) + ")"

def disj(terms):
    terms = [t for t in terms if t != "false"]
    if "true" in terms: return "true"
    return "false" if not terms else terms[0] if len(terms) == 1 else "(or " + " ".join(terms) + ")"

def neg(term):
    return {"true": "false", "false": "true"}.get(term) or f"(not {term})"

def regex(pattern, literal_wildcards=False):
    """A glob as a regular expression: `*` is any text, `?` any one character."""
    parts = []
    for piece in re.split(r"([*?])", pattern) if not literal_wildcards else [pattern]:
        parts.append({"*": "(re.* re.allchar)", "?": "re.allchar"}.get(piece) or (f"(str.to_re {text(piece)})" if piece else ""))
    parts = [p for p in parts if p]
    return '(str.to_re "")' if not parts else parts[0] if len(parts) == 1 else "(re.++ " + " ".join(parts) + ")"

def glob(pattern, value):
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), value, re.S) is not None


# ---- One request as variables ----------------------------------------------------------------------------------------

class Request:
    """A request of a principal for an action on a bucket: what is fixed has values, what is open has variables."""

    def __init__(self, fixed, resource, carries):
        self.fixed = {k.lower(): v for k, v in fixed.items()}
        self.resource, self.carries = resource, carries
        self.declared, self.sides = {}, []

    def variable(self, key):
        """Presence and value of a key that is open."""
        name = re.sub(r"[^a-z0-9]", "_", key)
        if key not in self.declared:
            self.declared[key] = (f"p_{name}", f"v_{name}")
            p, v = self.declared[key]
            if key in ("aws:securetransport", "aws:viaawsservice", "aws:multifactorauthpresent"):
                self.sides.append(f'(or (= {v} "true") (= {v} "false"))')
            if key == "aws:securetransport": self.sides.append(p)
        return self.declared[key]

    def value(self, key):
        """("known", text), ("absent",) or ("open", presence, value)."""
        key = key.lower()
        if key in self.fixed: return ("known", self.fixed[key])
        if not self.carries(key): return ("absent",)
        return ("open", *self.variable(key))

def substitute(pattern, request):
    """Policy variables by the values that are known; none if one has no value."""
    def one(match):
        key, _, default = match.group(1).partition(",")
        if key.strip() in ("*", "?", "$"): raise NotImplementedError("escaped wildcard")
        found = request.value(key.strip())
        if found[0] == "open": raise NotImplementedError("open variable")
        if found[0] == "absent":
            if default: return default.strip().strip("'")
            raise KeyError(key)
        return found[1]
    try:
        return re.sub(r"\$\{([^}]*)\}", one, pattern)
    except KeyError:
        return None


# ---- Conditions ------------------------------------------------------------------------------------------------------

def condition(operator, key, values, request):
    values = [values] if not isinstance(values, list) else values
    values = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
    quantifier, _, rest = operator.rpartition(":")
    if_exists = rest.endswith("IfExists")
    base = rest.removesuffix("IfExists")
    found = request.value(key)
    if base == "Null":
        absent = {"known": "false", "absent": "true"}.get(found[0]) or neg(found[1])
        return disj([absent if v == "true" else neg(absent) for v in values])
    negated = "Not" in base
    texts = [substitute(v, request) for v in values]
    when_absent = "true" if if_exists or (negated and not quantifier) or quantifier == "ForAllValues" else "false"
    if found[0] == "absent": return when_absent
    if found[0] == "known":
        term = disj(["true" if v is not None and compare_known(base, v, found[1]) else "false" for v in texts])
        return neg(term) if negated else term
    _, present, value = found
    term = disj([compare_open(base, v, value) for v in texts if v is not None])
    term = neg(term) if negated else term
    # One element of a multivalued key is enough to meet or to miss what is asked of any.
    return disj([conj([present, term]), conj([neg(present), when_absent])])

def compare_known(base, asked, value):
    base = base.replace("Not", "")
    if base in ("StringEquals", "Bool"): return value == asked if base == "StringEquals" else value.lower() == asked.lower()
    if base == "StringEqualsIgnoreCase": return value.lower() == asked.lower()
    if base == "StringLike": return glob(asked, value)
    if base in ("ArnLike", "ArnEquals"): return arn_like(asked, value)
    raise NotImplementedError(base)

def arn_like(pattern, value):
    """"Each of the six colon-delimited components of the ARN is checked separately" (IAM User Guide, condition operators)."""
    p, v = pattern.split(":", 5), value.split(":", 5)
    return len(p) == len(v) == 6 and all(glob(a, b) for a, b in zip(p, v))

def compare_open(base, asked, value):
    base = base.replace("Not", "")
    if base in ("StringEquals", "Bool"): return f"(= {value} {text(asked)})"
    if base == "StringLike": return f"(str.in_re {value} {regex(asked)})"
    if base == "StringEqualsIgnoreCase": return f"(= (str.to_lower {value}) {text(asked.lower())})"
    if base == "IpAddress":
        # The address is a number; what is outside of 32 bits is one of IPv6, which is in no range of IPv4.
        net = ipaddress.ip_network(asked, strict=False)
        if net.version == 6: raise NotImplementedError("IPv6")
        low, high = int(net.network_address), int(net.broadcast_address)
        return f"(and (>= address {low}) (<= address {high}))"
    raise NotImplementedError(base)


# ---- Statements and the law ------------------------------------------------------------------------------------------

def listed(value):
    return value if isinstance(value, list) else [value]

def statements(document):
    return listed(document["Statement"]) if document else []

def covers_action(statement, action):
    def match(p): return glob(p.lower(), action.lower())
    if "Action" in statement: return any(match(p) for p in listed(statement["Action"]))
    return not any(match(p) for p in listed(statement["NotAction"]))

def covers_resource(statement, request):
    def one(pattern):
        pattern = substitute(pattern, request)
        return "false" if pattern is None else f"(str.in_re {request.resource} {regex(pattern)})"
    if "Resource" in statement: return disj([one(p) for p in listed(statement["Resource"])])
    if "NotResource" in statement: return neg(disj([one(p) for p in listed(statement["NotResource"])]))
    return "true"

def applies(statement, action, request):
    if not covers_action(statement, action): return "false"
    terms = [covers_resource(statement, request)]
    for operator, keys in statement.get("Condition", {}).items():
        terms += [condition(operator, key, values, request) for key, values in keys.items()]
    return conj(terms)

def names(principal, who):
    """How an entry of Principal names a user or role: 3 itself, 2 its role, 1 its account, 0 not."""
    if principal == "*": return 3
    if not isinstance(principal, dict): return 0
    best = 0
    for entry in listed(principal.get("AWS", [])):
        if entry == "*": best = max(best, 3)
        elif entry in (who["account"], f"arn:aws:iam::{who['account']}:root"): best = max(best, 1)
        elif entry == who["arn"]: best = max(best, 3 if ":user/" in entry else 2)
    return best

def sides(documents, action, request):
    allow, deny = [], []
    for document in documents:
        for s in statements(document):
            (allow if s["Effect"] == "Allow" else deny).append(applies(s, action, request))
    return disj(allow), disj(deny)

def resource_side(document, action, request, who):
    """What a resource's policy allows, by the way it names the caller, and what it denies."""
    allow, deny = {1: [], 2: [], 3: []}, []
    for s in statements(document):
        if "NotPrincipal" in s: raise NotImplementedError("NotPrincipal")
        how = names(s["Principal"], who)
        if not how: continue
        (allow[how] if s["Effect"] == "Allow" else deny).append(applies(s, action, request))
    return disj(allow[3]), disj(allow[2]), disj(allow[1]), disj(deny)

def law(world, who, action, request, policy, owner, resource_control, trusts_account):
    own, own_deny = sides(who["identity"], action, request)
    limits, limits_deny = sides([who["boundary"]], action, request) if who["boundary"] else ("true", "false")
    direct, role, account, denied = resource_side(policy, action, request, who)
    mine = conj([own, limits])
    if who["account"] == owner:
        granted = disj([direct, conj([role, limits]), conj([account, mine]), mine if trusts_account else "false"])
    else:
        granted = conj([mine, disj([direct, role, account])])
    allow, deny = [granted], [own_deny, limits_deny, denied]
    # "SCPs don't affect users or roles in the management account [...] or service-linked roles"; RCPs likewise.
    if who["account"] != world["management"] and not who["linked"]:
        for level in world["scp"](who["account"]):
            a, d = sides(level, action, request)
            allow.append(a); deny.append(d)
    if owner != world["management"] and not who["linked"]:
        for level in resource_control:
            # The Principal of an RCP is always "*".
            allow.append(disj([applies(s, action, request) for p in level for s in statements(p) if s["Effect"] == "Allow"]))
            deny.append(disj([applies(s, action, request) for p in level for s in statements(p) if s["Effect"] == "Deny"]))
    return conj(allow + [neg(disj(deny))])


# ---- The estate ------------------------------------------------------------------------------------------------------

def read(directory):
    files = {p.name: json.loads(p.read_text()) for p in (directory / "accounts").glob("*.json")}
    organization = json.loads((directory / "organization.json").read_text())
    contents = {p["Id"]: p for p in organization["Policies"]}
    attached = {}
    for a in organization["Attachments"]:
        attached.setdefault(a["TargetId"], []).append(contents[a["PolicyId"]])
    parents = {e["Id"]: e["ParentId"] for e in organization["Accounts"] + organization["OrganizationalUnits"]}
    def chain(target):
        line = [target]
        while line[-1] in parents: line.append(parents[line[-1]])
        return line[::-1]
    def levels(kind):
        def of(account):
            found = [[p["Content"] for p in attached.get(t, []) if p["Type"] == kind] for t in chain(account)]
            return [] if not any(found) else found
        return of
    organization_id = organization["Organization"]["Id"]
    world = {
        "management": organization["Organization"]["MasterAccountId"], "organization": organization_id,
        "scp": levels("SERVICE_CONTROL_POLICY"), "rcp": levels("RESOURCE_CONTROL_POLICY"),
        "principals": [], "buckets": [], "keys": {}, "endpoints": {},
    }
    for account in files.values():
        details, number = account["AuthorizationDetails"], account["AccountId"]
        managed = {p["Arn"]: next(v["Document"] for v in p["PolicyVersionList"] if v["IsDefaultVersion"]) for p in details["Policies"]}
        groups = {g["GroupName"]: g for g in details["GroupDetailList"]}
        for kind in ("Role", "User"):
            for p in details[f"{kind}DetailList"]:
                holders = [(p, kind)] + [(groups[g], "Group") for g in p.get("GroupList", [])]
                documents = [i["PolicyDocument"] for h, k in holders for i in h.get(f"{k}PolicyList") or []]
                documents += [managed[a["PolicyArn"]] for h, _ in holders for a in h.get("AttachedManagedPolicies") or []]
                boundary = (p.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
                world["principals"].append({
                    "arn": p["Arn"], "account": number, "kind": kind, "name": p[f"{kind}Name"], "identity": documents,
                    "boundary": managed[boundary] if boundary else None, "tags": p.get("Tags", []),
                    "linked": p["Path"].startswith("/aws-service-role/"), "trust": p.get("AssumeRolePolicyDocument"),
                })
        for bucket in account["Buckets"]:
            world["buckets"].append({"account": number, "block": account.get("PublicAccessBlock"), **bucket})
        world["keys"].update({k["Arn"]: (number, k["Policy"]) for k in account["KmsKeys"]})
        for endpoint in account["VpcEndpoints"]:
            if endpoint.get("Policy"): world["endpoints"][endpoint["VpcEndpointId"]] = endpoint["Policy"]
    return world

def is_public(document):
    """Enough of "The meaning of public" for the policies that are made here: everybody, without a condition that fixes who."""
    fixes = {"aws:principalorgid", "aws:principalarn", "aws:principalaccount", "aws:sourcevpce", "aws:sourcevpc", "aws:sourceip",
             "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:userid", "s3:dataaccesspointarn", "aws:sourceorgpaths",
             "aws:principalorgpaths"}
    for s in statements(document):
        everybody = s.get("Principal") == "*" or isinstance(s.get("Principal"), dict) and "*" in listed(s["Principal"].get("AWS", []))
        keys = {k.lower() for op, keys in s.get("Condition", {}).items() for k in keys if "Not" not in op and "IfExists" not in op}
        if s["Effect"] == "Allow" and everybody and not keys & fixes: return True
    return False

def question(world, who, bucket, action):
    """The formula that some request is allowed, as SMT-LIB; none if something is met that is not written here."""
    arn = f"arn:aws:s3:::{bucket['Name']}"
    session_tags = who["trust"] and "sts:TagSession" in json.dumps(who["trust"]) and '"AWS"' in json.dumps(who["trust"])
    if session_tags: raise NotImplementedError("session tags")
    fixed = {
        "aws:PrincipalArn": who["arn"], "aws:PrincipalAccount": who["account"], "aws:PrincipalOrgID": world["organization"],
        "aws:PrincipalType": "User" if who["kind"] == "User" else "AssumedRole", "aws:PrincipalIsAWSService": "false",
        "aws:ResourceAccount": bucket["account"], "s3:ResourceAccount": bucket["account"], "aws:ResourceOrgID": world["organization"],
        "aws:RequestedRegion": bucket["Region"], **{f"aws:PrincipalTag/{t['Key']}": t["Value"] for t in who["tags"]},
    }
    if who["kind"] == "User": fixed["aws:username"] = who["name"]
    never = ("aws:principaltag/", "aws:resourcetag/", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorg", "aws:principalservicename", "aws:username")
    def carries(key):
        for prefix, of in CARRIES.items():
            if key.startswith(prefix): return action in of
        return not key.startswith(never)
    on_objects = action in ON_OBJECTS
    request = Request(fixed, f"(str.++ {text(arn + '/')} key)" if on_objects else text(arn), carries)
    block = bucket["PublicAccessBlock"] or {}
    account_block = bucket["block"] or {}
    restricts = any(b.get("RestrictPublicBuckets") for b in (block, account_block))
    terms = [law(world, who, action, request, bucket["Policy"], bucket["account"], world["rcp"](bucket["account"]), True)]
    if restricts and is_public(bucket["Policy"]) and who["account"] != bucket["account"]: terms.append("false")
    # A request through an endpoint must pass the endpoint's own policy, and has no address of the internet.
    endpoint_present, endpoint = request.variable("aws:sourcevpce")
    for name, policy in world["endpoints"].items():
        allow, deny = sides([policy], action, request)
        terms.append(disj([neg(endpoint_present), f"(not (= {endpoint} {text(name)}))", conj([allow, neg(deny)])]))
    address_present, _ = request.variable("aws:sourceip")
    terms.append(f"(= {address_present} (not {endpoint_present}))")
    encryption = ((bucket["Encryption"] or {}).get("Rules") or [{}])[0].get("ApplyServerSideEncryptionByDefault", {})
    key_arn = encryption.get("KMSMasterKeyID")
    if action in USES_KEY and encryption.get("SSEAlgorithm", "").startswith("aws:kms") and key_arn:
        owner, policy = world["keys"][key_arn]
        context = {"kms:CallerAccount": who["account"], "kms:ViaService": f"s3.{bucket['Region']}.amazonaws.com", "aws:ViaAWSService": "true",
                   "aws:ResourceAccount": owner}
        forwarded = lambda key: carries(key) and not key.startswith(("s3:", "aws:sourcevpc", "kms:"))
        of_key = Request({**{k: v for k, v in fixed.items() if not k.startswith("s3:")}, **context}, text(key_arn), forwarded)
        of_key.declared, of_key.sides = request.declared, request.sides
        terms.append(law(world, who, USES_KEY[action], of_key, policy, owner, world["rcp"](owner), False))
    lines = ["(set-logic ALL)", "(declare-const key String)", "(declare-const address Int)", "(assert (>= address 0))"]
    for p, v in request.declared.values():
        lines += [f"(declare-const {p} Bool)", f"(declare-const {v} String)"]
    lines += [f"(assert {side})" for side in request.sides]
    lines += ['(assert (not (= key "")))'] + [f"(assert {t})" for t in terms]
    return "\n".join(lines)

def is_possible(script):
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(SECONDS * 1000))
    solver.setOption("strings-exp", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "question")
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    return None if result.isUnknown() else result.isSat()


# ---- Spice -----------------------------------------------------------------------------------------------------------

def spiced(dice, bucket, principals):
    """A statement that nobody would write, and that AWS takes."""
    name = bucket["Name"]
    half = len(name) // 2
    some = dice.sample(principals, min(3, len(principals)))
    resources = [f"arn:aws:s3:::{name}/*", f"arn:aws:s3:::{name[:half]}*/published/*", f"arn:aws:s3:::*{name[half:]}/??/*.csv", f"arn:aws:s3:::{name}",
                 f"arn:aws:s3:::{name}/*/private/*", "arn:aws:s3:::*-*/*a*b*", f"arn:aws:s3:::{name}/a?c", f"arn:aws:s3:::{name}*"]
    actions = ["s3:*", "s3:Get*", "s3:*Object", ["s3:PutObject", "s3:ListBucket"], "s3:Delete*", "s3:?etObject"]
    conditions = [
        {}, {"Bool": {"aws:SecureTransport": "false"}}, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringNotLike": {"aws:SourceVpce": "vpce-1*"}}, {"StringLike": {"s3:prefix": ["home/*", ""]}}, {"Null": {"aws:SourceVpce": "true"}},
        {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}, {"IpAddress": {"aws:SourceIp": "203.0.113.128/25"}},
        {"ArnNotLike": {"aws:PrincipalArn": [p["arn"][:-3] + "*" for p in some]}}, {"StringNotEquals": {"aws:PrincipalTag/team": "vision"}},
        {"StringNotEqualsIfExists": {"aws:PrincipalTag/team": "vision"}}, {"StringEqualsIgnoreCase": {"s3:ExistingObjectTag/a": "YES"}},
        {"StringLike": {"aws:UserAgent": "*x*y*"}, "StringNotLike": {"aws:Referer": "z*"}},
    ]
    statement = {"Sid": "Spice", "Effect": dice.choice(["Allow", "Deny"])}
    chosen = dice.sample(resources, dice.randint(1, 3))
    statement["Resource" if dice.random() < 0.8 else "NotResource"] = chosen
    statement["Action" if dice.random() < 0.85 else "NotAction"] = dice.choice(actions)
    merged = {}
    for c in dice.sample(conditions, dice.randint(0, 2)):
        for operator, keys in c.items(): merged.setdefault(operator, {}).update(keys)
    if merged: statement["Condition"] = merged
    everybody = dice.random() < 0.4
    principal = "*" if everybody else {"AWS": [p["arn"] for p in some] + ([some[0]["account"]] if dice.random() < 0.5 else [])}
    return statement, principal

def spice(dice, directory):
    """Adds such statements to bucket policies and to inline policies."""
    world = read(directory)
    for path in sorted((directory / "accounts").glob("*.json")):
        account = json.loads(path.read_text())
        own = [p for p in world["principals"] if p["account"] == account["AccountId"]] + dice.sample(world["principals"], 3)
        for bucket in account["Buckets"]:
            if dice.random() < 0.6:
                statement, principal = spiced(dice, bucket, own)
                bucket["Policy"] = bucket["Policy"] or {"Version": "2012-10-17", "Statement": []}
                bucket["Policy"]["Statement"] = listed(bucket["Policy"]["Statement"]) + [{**statement, "Principal": principal}]
            for role in dice.sample(account["AuthorizationDetails"]["RoleDetailList"], 2):
                statement, _ = spiced(dice, bucket, own)
                role.setdefault("RolePolicyList", []).append(
                    {"PolicyName": f"spice{len(role['RolePolicyList'])}", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}})
        path.write_text(json.dumps(account))


# ---- The comparison --------------------------------------------------------------------------------------------------

def who_can(palisade, directory, action, bucket):
    run = subprocess.run([palisade, "who-can", action, bucket, "--in", str(directory), "--json", "--quiet"], capture_output=True, text=True)
    if run.returncode not in (0, 3): sys.exit(f"palisade failed: {run.stderr}")
    answer = json.loads(run.stdout)
    if answer["undecided"]: sys.exit(f"undecided: {answer['undecided']}")
    return {p for grant in answer["grants"] for p in grant["principals"]}

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--palisade", required=True)
    parser.add_argument("--estates", type=int, default=2, help="organizations to make")
    parser.add_argument("--questions", type=int, default=12, help="buckets and actions to ask about in each")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    generator = pathlib.Path(__file__).resolve().parents[2] / "benches/estates/generate.py"
    asked = possible = unknown = skipped = 0
    wrong = []
    for seed in range(args.seed, args.seed + args.estates):
        dice = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            directory = pathlib.Path(folder) / "estate"
            subprocess.run([sys.executable, str(generator), "--accounts", "5", "--roles", "12", "--buckets", "6", "--sloppy", "0.3", "--seed", str(seed),
                            "--out", str(directory)], check=True, stdout=subprocess.DEVNULL)
            spice(dice, directory)
            world = read(directory)
            for _ in range(args.questions):
                bucket, action = dice.choice(world["buckets"]), dice.choice(ACTIONS)
                can = who_can(args.palisade, directory, action, bucket["Name"])
                for who in world["principals"]:
                    try:
                        script = question(world, who, bucket, action)
                    except NotImplementedError:
                        skipped += 1
                        continue
                    answer = is_possible(script)
                    if answer is None:
                        unknown += 1
                        continue
                    asked += 1
                    possible += answer
                    if answer != (who["arn"] in can):
                        wrong.append((seed, who["arn"], action, bucket["Name"], answer))
    print(f"{asked} questions answered by the solver, {possible} of them yes; {len(wrong)} disagreements; {unknown} not decided in {SECONDS} s, {skipped} not encoded")
    for case in wrong[:20]: print("disagreement: estate {} {} {} {}: the solver says {}".format(*case))
    sys.exit(1 if wrong or asked < 50 or unknown + skipped > asked // 4 else 0)

if __name__ == "__main__":
    main()
