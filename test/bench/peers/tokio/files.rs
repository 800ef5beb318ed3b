// Files: tokio::fs, and for reads at an offset, which that lacks, spawn_blocking with read_exact_at.
use std::{fs::File, future::Future, os::unix::fs::FileExt, sync::Arc, time::Instant};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

const BLOCK: usize = 4096;
const BLOCKS: u64 = 16384;
const PIECE: usize = 65536;
const PIECES: i64 = BLOCK as i64 * BLOCKS as i64 / PIECE as i64;

// The file of peers/files.h, in the page cache.
fn big(path: &str) -> File {
    let f = File::options().read(true).write(true).create(true).open(path).unwrap();
    let there = f.metadata().unwrap().len() == BLOCK as u64 * BLOCKS;
    let mut block = [0u8; BLOCK];
    for i in 0..BLOCKS {
        block[..8].copy_from_slice(&i.to_ne_bytes());
        if !there { f.write_all_at(&block, i * BLOCK as u64).unwrap(); }
        f.read_exact_at(&mut block, i * BLOCK as u64).unwrap();
    }
    f
}

fn small(i: i64) -> String { format!("small/{:06}", i) }

fn prepare(n: i64, there: bool) {
    let _ = std::fs::create_dir("small");
    for i in 0..n {
        if there { std::fs::write(small(i), [0u8; BLOCK]).unwrap() } else { let _ = std::fs::remove_file(small(i)); }
    }
}

fn draw(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random % BLOCKS
}

type Took = Vec<f32>;

// m tasks, each with its share of n operations: first, count.
async fn in_tasks<F, G>(n: i64, m: i64, share: G) -> (i64, i64)
where F: Future<Output = Took> + Send + 'static, G: Fn(i64, i64) -> F {
    let (start, cpu) = (Instant::now(), super::cpu_ns());
    let hs: Vec<_> = (0..m).map(|i| tokio::spawn(share(i * (n / m), n / m))).collect();
    let mut took: Took = vec![];
    for h in hs { took.extend(h.await.unwrap()); }
    let (all, cpu) = (start.elapsed().as_nanos() as f64, super::cpu_ns() - cpu);
    took.sort_by(|a, b| a.partial_cmp(b).unwrap());
    println!("wall_ns {:.1}\nmedian_us {:.2}\np99_us {:.2}\nns {:.2}", all / took.len() as f64,
        took[took.len() / 2] / 1e3, took[took.len() * 99 / 100] / 1e3, cpu / took.len() as f64);
    (0, 0)
}

async fn each<F: Future<Output = ()>>(first: i64, count: i64, mut f: impl FnMut(i64) -> F) -> Took {
    let mut took = Took::with_capacity(count as usize);
    for i in first..first + count {
        let began = Instant::now();
        f(i).await;
        took.push(began.elapsed().as_nanos() as f32);
    }
    took
}

async fn read_blocks(f: Arc<File>, first: i64, count: i64) -> Took {
    let mut random = first as u64 + 1;
    let mut block = Some(vec![0u8; BLOCK]);
    let mut took = Took::with_capacity(count as usize);
    for _ in 0..count {
        let (began, number, f, mut b) = (Instant::now(), draw(&mut random), f.clone(), block.take().unwrap());
        b = tokio::task::spawn_blocking(move || { f.read_exact_at(&mut b, number * BLOCK as u64).unwrap(); b })
            .await.unwrap();
        assert_eq!(b[..8], number.to_ne_bytes());
        block = Some(b);
        took.push(began.elapsed().as_nanos() as f32);
    }
    took
}

async fn pieces(f: File, count: i64, write: bool) -> Took {
    let mut f = tokio::fs::File::from_std(f);
    let mut piece = vec![0u8; PIECE];
    let mut took = Took::with_capacity(count as usize);
    for i in 0..count {
        let began = Instant::now();
        if i % PIECES == 0 { f.rewind().await.unwrap(); }
        if write { f.write_all(&piece).await.unwrap() } else { f.read_exact(&mut piece).await.unwrap(); }
        took.push(began.elapsed().as_nanos() as f32);
    }
    f.flush().await.unwrap();
    took
}

async fn make(path: String) {
    let mut f = tokio::fs::File::create(path).await.unwrap();
    f.write_all(&[0u8; BLOCK]).await.unwrap();
    f.flush().await.unwrap();
}

async fn load(path: String) {
    let mut block = [0u8; BLOCK];
    let mut f = tokio::fs::File::open(path).await.unwrap();
    f.read_exact(&mut block).await.unwrap();
}

async fn look(path: String) {
    assert_eq!(tokio::fs::metadata(path).await.unwrap().len(), BLOCK as u64);
}

pub async fn run(test: &str, n: i64, m: i64) -> (i64, i64) {
    match test {
        "fileread" => {
            let f = Arc::new(big("big"));
            in_tasks(n, m, move |first, count| read_blocks(f.clone(), first, count)).await
        }
        "filescan" => {
            let f = big("big");
            in_tasks(n, 1, move |_, count| pieces(f.try_clone().unwrap(), count, false)).await
        }
        "filefill" => {
            let f = big("written");
            in_tasks(n, 1, move |_, count| pieces(f.try_clone().unwrap(), count, true)).await
        }
        "filemake" => {
            prepare(n, false);
            in_tasks(n, m, |first, count| each(first, count, |i| make(small(i)))).await
        }
        "fileload" => {
            prepare(n, true);
            in_tasks(n, m, |first, count| each(first, count, |i| load(small(i)))).await
        }
        "filestat" => {
            prepare(n, true);
            in_tasks(n, m, |first, count| each(first, count, |i| look(small(i)))).await
        }
        "fileremove" => {
            prepare(n, true);
            in_tasks(n, m, |first, count| each(first, count, |i| async move {
                tokio::fs::remove_file(small(i)).await.unwrap()
            })).await
        }
        _ => std::process::exit(3),
    }
}
