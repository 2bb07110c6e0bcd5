//! The few names that random simulations are made of, so that they meet often enough to allow and to deny.

pub(super) const OWNER: &str = "111111111111";
pub(super) const OTHER: &str = "222222222222";
pub(super) const MANAGEMENT: &str = "100000000000";

pub(super) const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111111111111:user/ml/ana",
    "arn:aws:iam::111111111111:role/ml/train",
    "arn:aws:sts::111111111111:assumed-role/train/night",
    "arn:aws:sts::111111111111:federated-user/fay",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::222222222222:user/bob",
    "arn:aws:iam::222222222222:role/reader",
    "arn:aws:sts::222222222222:assumed-role/reader/day",
    "arn:aws:iam::222222222222:root",
    "arn:aws:iam::100000000000:role/audit",
    "arn:aws:iam::111111111111:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForMacie",
    "*",
    "glue.amazonaws.com",
    "logging.s3.amazonaws.com",
];

/// Whom policies name: the callers, who resembles them, and what covers several.
pub(super) const NAMED: &[(&str, &str)] = &[
    ("AWS", "*"),
    ("AWS", "arn:aws:iam::111111111111:user/ml/ana"),
    ("AWS", "arn:aws:iam::111111111111:role/ml/train"),
    ("AWS", "arn:aws:sts::111111111111:assumed-role/train/night"),
    ("AWS", "arn:aws:sts::111111111111:assumed-role/train/other"),
    ("AWS", "arn:aws:sts::111111111111:federated-user/fay"),
    ("AWS", OWNER),
    ("AWS", "arn:aws:iam::111111111111:root"),
    ("AWS", OTHER),
    ("AWS", "arn:aws:iam::222222222222:user/bob"),
    ("AWS", "arn:aws:iam::222222222222:role/reader"),
    ("AWS", "arn:aws:sts::222222222222:assumed-role/reader/day"),
    ("AWS", "AROAEXAMPLEID1234567"),
    ("Service", "glue.amazonaws.com"),
    ("Service", "logging.s3.amazonaws.com"),
    ("CanonicalUser", CANONICAL[0].1),
    ("CanonicalUser", CANONICAL[1].1),
];

pub(super) const CANONICAL: [(&str, &str); 2] = [(OWNER, "79a59d111111"), (OTHER, "79a59d222222")];

pub(super) const OBJECTS: &[&str] = &[
    "arn:aws:s3:::acme-data/train/a.bin",
    "arn:aws:s3:::acme-data/b*[1].txt",
    "arn:aws:s3:::acme-data/ana/x",
];
pub(super) const BUCKETS: &[&str] = &["arn:aws:s3:::acme-data", "arn:aws:s3:::acme-dat"];
pub(super) const KEYS: &[&str] =
    &["arn:aws:kms:eu-west-1:111111111111:key/1", "arn:aws:kms:eu-west-1:222222222222:key/2"];
pub(super) const ROLES: &[&str] = &[
    "arn:aws:iam::111111111111:role/target",
    "arn:aws:iam::111111111111:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForMacie",
];

pub(super) const ACTIONS: &[(&str, &[&str])] = &[
    ("s3:GetObject", OBJECTS),
    ("s3:PutObject", OBJECTS),
    ("s3:ListBucket", BUCKETS),
    ("s3:GetObjectVersion", OBJECTS),
    ("s3:DeleteObjectVersion", OBJECTS),
    ("s3:PutObjectAcl", OBJECTS),
    ("s3:PutObjectTagging", OBJECTS),
    ("s3:PutBucketPolicy", BUCKETS),
    ("s3:ListAllMyBuckets", &["*"]),
    ("kms:Decrypt", KEYS),
    ("kms:RetireGrant", KEYS),
    ("kms:ListKeys", &["*"]),
    ("sts:AssumeRole", ROLES),
    ("sts:GetCallerIdentity", &["*"]),
];

pub(super) const ACTION_PATTERNS: &[&str] = &[
    "*",
    "s3:*",
    "s3:GetObject",
    "s3:getobject*",
    "S3:Get*",
    "s3:Put*",
    "s3:?utObject",
    "s3:List*",
    "s3:DeleteObject",
    "kms:*",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "sts:*",
    "sts:AssumeRole",
    "iam:*",
];

pub(super) const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:s3:::acme-data/*",
    "arn:aws:s3:::acme-data",
    "arn:aws:s3:::acme-dat*",
    "arn:aws:s3:::*/train/?.bin",
    "arn:aws:s3:::acme-data/b${*}[1].txt",
    "arn:aws:s3:::acme-data/${aws:username}/*",
    "arn:aws:s3:::acme-data/${aws:PrincipalTag/team, 'train'}/*",
    "arn:aws:s3:::ACME-data/*",
    "arn:aws:s3:eu-west-1:111111111111:accesspoint/*",
    "arn:aws:s3:eu-west-1:111111111111:accesspoint/ap/object/train/*",
    "arn:aws:kms:*:111111111111:key/*",
    "arn:aws:iam::111111111111:role/*",
];

/// A context key, the values that a request may carry for it, and those that a policy may ask for.
pub(super) type Key = (&'static str, &'static [&'static str], &'static [&'static str]);

pub(super) const TEXTS: &[Key] = &[
    ("aws:PrincipalOrgID", &["o-acme", "o-else"], &["o-acme", "o-*"]),
    ("aws:PrincipalTag/team", &["train", "Train", "t*"], &["train", "t?ain", "${*}", "${aws:username}"]),
    ("aws:username", &[], &["ana", "a*", "ANA"]),
    ("aws:PrincipalAccount", &[], &[OWNER, OTHER, "anonymous"]),
    ("aws:ResourceAccount", &[], &[OWNER, OTHER, "1*"]),
    ("s3:ResourceAccount", &[OWNER, OTHER], &[OWNER, OTHER]),
    ("aws:PrincipalType", &[], &["AssumedRole", "User", "Anonymous"]),
    ("aws:PrincipalServiceName", &[], &["glue.amazonaws.com", "logging*"]),
    ("aws:userid", &["AROA1:night"], &["AROA1:*", "AROA1:night"]),
    ("aws:SourceVpc", &["vpc-1", "vpc-2"], &["vpc-1", "vpc-*"]),
    ("aws:SourceVpce", &["vpce-1"], &["vpce-1"]),
    ("aws:VpceOrgID", &["o-acme"], &["o-acme"]),
    ("aws:SourceAccount", &[OWNER, OTHER], &[OWNER]),
    ("aws:Referer", &["https://acme.example/"], &["https://acme.example/*"]),
    ("aws:RequestTag/team", &["train"], &["train"]),
    ("aws:ResourceTag/team", &["train"], &["train", "${aws:PrincipalTag/team}"]),
    ("s3:BucketTag/team", &["train"], &["train"]),
    ("s3:ExistingObjectTag/class", &["secret", "open"], &["open", "o*", "${aws:PrincipalTag/team, 'open'}"]),
    ("s3:RequestObjectTag/class", &["secret", "open"], &["open"]),
    ("s3:prefix", &["", "train/", "train/x"], &["train/*", ""]),
    ("s3:VersionId", &["v1"], &["v1"]),
    ("s3:x-amz-acl", &["private", "public-read"], &["private", "public-*"]),
    (
        "s3:x-amz-grant-read",
        &["id=79a59d222222", "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""],
        &["id=79a59d222222"],
    ),
    ("s3:x-amz-server-side-encryption", &["aws:kms", "AES256"], &["aws:kms"]),
    ("s3:DataAccessPointAccount", &[OWNER], &[OWNER, OTHER]),
    ("s3:AccessPointNetworkOrigin", &["VPC"], &["VPC", "Internet"]),
    ("kms:ViaService", &["s3.eu-west-1.amazonaws.com"], &["s3.eu-west-1.amazonaws.com", "s3.*"]),
    ("kms:CallerAccount", &[OWNER], &[OWNER, OTHER]),
    (
        "kms:EncryptionContext:aws:s3:arn",
        &["arn:aws:s3:::acme-data"],
        &["arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/*"],
    ),
    ("aws:CalledViaFirst", &["athena.amazonaws.com"], &["s3.amazonaws.com"]),
    ("sts:ExternalId", &["x"], &["x"]),
    ("sts:RoleSessionName", &["night"], &["night", "${aws:username}"]),
];

/// Multivalued keys.
pub(super) const SETS: &[Key] = &[
    ("aws:TagKeys", &["team", "env", ""], &["team", "e*", ""]),
    ("aws:PrincipalOrgPaths", &["o-acme/r-1/ou-1/", "o-acme/r-1/ou-2/"], &["o-acme/r-1/ou-1/", "o-acme/*"]),
    ("s3:RequestObjectTagKeys", &["class", "team"], &["class"]),
    ("aws:CalledVia", &["athena.amazonaws.com"], &["s3.amazonaws.com", "athena.amazonaws.com"]),
    ("kms:EncryptionContextKeys", &["aws:s3:arn"], &["aws:s3:arn"]),
    ("aws:PrincipalServiceNamesList", &["glue.amazonaws.com"], &["glue.amazonaws.com"]),
];

pub(super) const TEXT_OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
];

/// Operators that are not of text, with the keys that they fit.
pub(super) const OTHER_FAMILIES: &[(&[&str], &[Key])] = &[
    (
        &["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"],
        &[
            (
                "aws:PrincipalArn",
                &["arn:aws:iam::111111111111:role/ml/train"],
                &[
                    "arn:aws:iam::111111111111:role/ml/train",
                    "arn:aws:iam::*:user/*",
                    "*",
                    "arn:aws:iam::${aws:PrincipalAccount}:*",
                ],
            ),
            (
                "aws:SourceArn",
                &["arn:aws:s3:::acme-logs", "acme"],
                &["arn:aws:s3:::acme-*", "arn:aws:s3:*:*:acme-logs"],
            ),
            (
                "s3:DataAccessPointArn",
                &["arn:aws:s3:eu-west-1:111111111111:accesspoint/ap"],
                &["arn:aws:s3:eu-west-1:111111111111:accesspoint/*", "arn:aws:s3:*:*:accesspoint/ap"],
            ),
        ],
    ),
    (
        &["Bool"],
        &[
            ("aws:SecureTransport", &["true", "false"], &["false", "True"]),
            ("aws:PrincipalIsAWSService", &[], &["true", "false"]),
            ("aws:ViaAWSService", &["false", "true"], &["true", "false"]),
            ("aws:MultiFactorAuthPresent", &["true", "maybe"], &["true"]),
        ],
    ),
    (
        &["IpAddress", "NotIpAddress"],
        &[
            (
                "aws:SourceIp",
                &["203.0.113.7", "2001:db8::1", "elsewhere"],
                &["203.0.113.0/24", "203.0.113.7", "2001:DB8::/32", "0.0.0.0/0"],
            ),
            ("aws:VpcSourceIp", &["10.0.0.7"], &["10.0.0.0/8"]),
        ],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &[
            ("aws:MultiFactorAuthAge", &["300", "10abc", "-1"], &["300", "300.0", "0.5"]),
            ("s3:max-keys", &["10", "1000"], &["10"]),
            ("s3:TlsVersion", &["1.2"], &["1.2", "1.3"]),
        ],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &[(
            "aws:CurrentTime",
            &["2026-06-01T00:00:00Z", "1780272000", "soon"],
            &["2026-06-01T00:00:00Z", "2026-06-01T02:00:00+02:00", "2026-06", "1780272000"],
        )],
    ),
    (&["BinaryEquals"], &[("aws:Referer", &["QmluYXJ5", "%"], &["QmluYXJ5"])]),
];
