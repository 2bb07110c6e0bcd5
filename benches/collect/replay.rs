//! A server that answers what was recorded, after a delay, about as many buckets and roles as one likes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;

/// What an account of the replay holds, and how far away it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) buckets: usize,
    pub(crate) roles: usize,
    pub(crate) latency: Duration,
}

/// So many entities stand on one page of IAM's answer.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Recorded {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// The server and how often it was asked.
pub(crate) struct Replay {
    pub(crate) address: SocketAddr,
    pub(crate) calls: Arc<AtomicUsize>,
}

struct Script {
    answers: BTreeMap<String, Recorded>,
    size: Size,
    calls: Arc<AtomicUsize>,
}

/// Serves on a port of this machine until the process ends.
pub(crate) fn serve(size: Size) -> Replay {
    let answers: BTreeMap<String, Recorded> =
        serde_json::from_str(include_str!("recorded.json")).expect("a recording");
    let calls = Arc::new(AtomicUsize::new(0));
    let script = Arc::new(Script { answers: enlarged(answers, size), size, calls: calls.clone() });
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                stream.set_nodelay(true).expect("a socket");
                let script = script.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(script.clone(), request));
                    // A client that goes away ends its connection.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    });
    Replay { address: told.recv().expect("the server starts"), calls }
}

async fn answer(
    script: Arc<Script>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    script.calls.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    tokio::time::sleep(script.size.latency).await;
    let kind = kind(&head, &body);
    let key = match page(&kind, &body) {
        Some(page) => format!("{kind} {page}"),
        None => kind,
    };
    let Some(recorded) = script.answers.get(&key) else { panic!("nothing was recorded for {key}") };
    let mut response = Response::builder().status(recorded.status);
    for (name, value) in &recorded.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::from(recorded.body.clone())).expect("an answer"))
}

/// What is asked, without what it is asked about; as `record.py` tells.
fn kind(head: &hyper::http::request::Parts, body: &[u8]) -> String {
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = header("x-amz-target");
    if !target.is_empty() {
        return target.to_owned();
    }
    if header("content-type").contains("x-www-form-urlencoded") {
        return field(body, "Action").expect("an action");
    }
    let mut segments: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
    let is_s3 = header("authorization").contains("/s3/") && !segments[0].starts_with("v2018");
    if is_s3 && !segments[0].is_empty() {
        segments[0] = "BUCKET";
    }
    let query = head.uri.query().unwrap_or_default();
    let ignored = ["x-id", "max-buckets", "maxResults"];
    let mut names: Vec<&str> = query.split('&').filter_map(|part| part.split('=').next()).collect();
    names.retain(|name| !name.is_empty() && !ignored.contains(name));
    names.sort_unstable();
    format!("{} /{}?{}", head.method, segments.join("/"), names.join("&"))
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let text = str::from_utf8(body).ok()?;
    text.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

fn page(kind: &str, body: &[u8]) -> Option<String> {
    (kind == "GetAccountAuthorizationDetails")
        .then(|| field(body, "Marker").unwrap_or_else(|| "0".to_owned()))
}

/// As many buckets and roles as are wanted, made of the recorded ones.
fn enlarged(mut answers: BTreeMap<String, Recorded>, size: Size) -> BTreeMap<String, Recorded> {
    for answer in answers.values_mut() {
        for token in ["ContinuationToken", "NextToken", "nextToken"] {
            answer.body = without(&answer.body, token);
        }
    }
    let list = answers.get_mut("GET /?").expect("a list of buckets");
    list.body = repeated(&list.body, "Bucket", size.buckets, |number| format!("bench-{number:05}"));
    let details = answers.remove("GetAccountAuthorizationDetails").expect("the details");
    let pages = size.roles.div_ceil(PAGE).max(1);
    for page in 0..pages {
        let roles = PAGE.min(size.roles - page * PAGE);
        let body = page_of_roles(&details.body, page, roles, page + 1 < pages);
        let headers = details.headers.clone();
        let key = format!("GetAccountAuthorizationDetails {page}");
        answers.insert(key, Recorded { status: details.status, headers, body });
    }
    answers
}

/// The answer as if it were the last page.
fn without(body: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    match (body.find(&open), body.find(&close)) {
        (Some(start), Some(end)) => format!("{}{}", &body[..start], &body[end + close.len()..]),
        _ => body.to_owned(),
    }
}

/// The list with its first element so many times, each time under another name.
fn repeated(body: &str, element: &str, times: usize, name: impl Fn(usize) -> String) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let start = body.find(&open).expect("an element");
    let end = start + body[start..].find(&close).expect("its end") + close.len();
    let last = body.rfind(&close).expect("the last one") + close.len();
    let one = &body[start..end];
    let old = one.split("<Name>").nth(1).and_then(|rest| rest.split('<').next()).expect("a name");
    let all: String = (0..times).map(|number| one.replace(old, &name(number))).collect();
    format!("{}{all}{}", &body[..start], &body[last..])
}

fn page_of_roles(body: &str, page: usize, roles: usize, is_truncated: bool) -> String {
    let list = between(body, "<RoleDetailList>", "</RoleDetailList>");
    // Roles hold lists of their own: one role ends where the next begins.
    let role = list.split("<member><Path>").nth(1).or_else(|| list.split("<member>").nth(1)).expect("a role");
    let role = format!("<member><Path>{role}");
    let role = &role[..role.rfind("</member>").expect("its end") + "</member>".len()];
    let old = between(role, "<RoleName>", "</RoleName>");
    let all: String =
        (0..roles).map(|number| role.replace(old, &format!("bench-{}", page * PAGE + number))).collect();
    let marker = if is_truncated { format!("<Marker>{}</Marker>", page + 1) } else { String::new() };
    let empty = |list: &str| format!("<{list}></{list}>");
    let policies = between(body, "<Policies>", "</Policies>");
    let policies = if page == 0 { format!("<Policies>{policies}</Policies>") } else { empty("Policies") };
    format!(
        "<GetAccountAuthorizationDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <GetAccountAuthorizationDetailsResult><IsTruncated>{is_truncated}</IsTruncated>{marker}{}{}{policies}\
         <RoleDetailList>{all}</RoleDetailList></GetAccountAuthorizationDetailsResult>\
         </GetAccountAuthorizationDetailsResponse>",
        empty("UserDetailList"),
        empty("GroupDetailList"),
    )
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let start = text.find(open).expect("a beginning") + open.len();
    let end = start + text[start..].rfind(close).expect("an end");
    &text[start..end]
}
